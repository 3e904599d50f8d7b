"""What the catalogue knows of one entry."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

Document = Literal["callable", "self-call"]

TITLES: dict[Document, str] = {
    "callable": "Why is a pretrained PyTorch model object not callable?",
    "self-call": "How does PyTorch's `self()` method produce predictions?",
}


@dataclass(frozen=True, slots=True)
class Range:
    """A number the reader may choose: its default and its bounds, all included."""

    default: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Entry:
    """One model of the documents, how to make it, and what to feed it."""

    key: str  # "cnn"
    title: str  # "CNN": the class or function name
    document: Document
    teaches: str  # one short sentence
    make: Callable[..., Any]  # make() or make(p=...): a fresh object, drawn from the default generator
    inputs: Callable[..., tuple[Any, ...]]  # inputs(generator, batch, size): the positional arguments
    source: tuple[Any, ...]  # classes or functions whose source the page shows, in reading order
    batch: Range | None = None
    size: Range | None = None  # side of an image in pixels, or length of a sequence in steps
    size_name: str = "Image size"
    p: Range | None = None  # dropout probability
    kind: Literal["module", "function", "object"] = "module"
