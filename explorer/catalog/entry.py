"""What the catalogue knows of one thing that can be called."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Literal, NamedTuple

from torch import Generator


class Asked(NamedTuple):
    """What is asked of an input; None where the entry has no such setting."""

    batch: int | None = None
    size: int | None = None
    digit: str | None = None


# inputs(generator, asked) -> the positional arguments of the call
Inputs = Callable[[Generator, Asked], tuple[Any, ...]]

Document = Literal["callable", "self-call", "question", "yours"]

TITLES: Mapping[Document, str] = MappingProxyType(
    {
        "callable": "Why is a pretrained PyTorch model object not callable?",
        "self-call": "How does PyTorch's `self()` method produce predictions?",
        "question": "Questions that are asked about a call",
        "yours": "the command line of this server",
    }
)


@dataclass(frozen=True, slots=True)
class Range:
    """A number that the reader may choose: its default and its bounds, both included."""

    default: float
    low: float
    high: float

    def has(self, number: float) -> bool:
        """Return whether the number lies within the bounds; False for NaN."""
        return self.low <= number <= self.high


BATCH = Range(default=1, low=1, high=64)  # of most entries


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing to call, how to make it, and what to feed it."""

    key: str  # "cnn"
    title: str  # "CNN": the class or function name
    document: Document
    teaches: str  # one short sentence
    make: Callable[..., Any]  # make() or make(p=...): a new object; weights are drawn from torch's default generator
    inputs: Inputs
    shown_code: tuple[Any, ...]  # the classes or functions whose code the page shows, in reading order
    batch: Range | None = None
    size: Range | None = None  # side of an image in pixels, or length of a sequence in steps
    size_name: str = "Image size"
    digits: tuple[str, ...] = ()  # the handwritten digits that the reader may send in, the usual one among them
    p: Range | None = None  # dropout probability
    training: bool = True  # the mode that a run is in where none is chosen: False for a model that is there to predict
    output: Literal["unit", "class"] = "unit"  # what one number of the output stands for
    kind: Literal["module", "function", "object"] = "module"
    # Whether `build` copies a template that stays in memory, instead of drawing the weights anew. That saves 2 ms for a
    # small model, of which 16 templates are kept, and 100 ms for a large one, of which one template is kept.
    template: Literal["none", "small", "large"] = "none"
