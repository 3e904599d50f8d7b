"""What the catalogue knows of one entry."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from torch import Generator

# inputs(generator, batch, size) -> the positional arguments of the call; an entry without a setting ignores it
Inputs = Callable[[Generator, int | None, int | None], tuple[Any, ...]]

Document = Literal["callable", "self-call", "question", "yours"]

TITLES: dict[Document, str] = {
    "callable": "Why is a pretrained PyTorch model object not callable?",
    "self-call": "How does PyTorch's `self()` method produce predictions?",
    "question": "Questions that are asked about a call",
    "yours": "the command line of this server",
}


@dataclass(frozen=True, slots=True)
class Range:
    """A number the reader may choose: its default and its bounds, all included."""

    default: float
    low: float
    high: float

    def has(self, number: float) -> bool:
        """Whether the number lies within the bounds; never for NaN."""
        return self.low <= number <= self.high


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing to call, how to make it, and what to feed it."""

    key: str  # "cnn"
    title: str  # "CNN": the class or function name
    document: Document
    teaches: str  # one short sentence
    make: Callable[..., Any]  # make() or make(p=...): a fresh object, drawn from the default generator
    inputs: Inputs
    source: tuple[Any, ...]  # classes or functions whose source the page shows, in reading order
    batch: Range | None = None
    size: Range | None = None  # side of an image in pixels, or length of a sequence in steps
    size_name: str = "Image size"
    p: Range | None = None  # dropout probability
    kind: Literal["module", "function", "object"] = "module"
    # Templates that `build` copies instead of drawing weights anew, which takes 2 ms (several) or 100 ms (one, large).
    keep: Literal["none", "several", "one"] = "none"
