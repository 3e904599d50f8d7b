"""What a value was at one moment, in a bounded line and a few figures. No tensor and no module is kept."""

from __future__ import annotations

from typing import Literal, NamedTuple

from explorer.record.pictures import Picture

# "held": no change, but what a name stood for already where a generator or a coroutine goes on.
# "deleted": the name stands for nothing any more; the value is what it stood for.
ChangeKind = Literal["new", "rebound", "modified in place", "grad mode", "held", "deleted"]
BINS = 8  # of a histogram


class Statistics(NamedTuple):
    """Figures over a tensor's elements, in the tensor's own unit."""

    minimum: float | None  # the smallest element; None, as the next two, where an element is infinite or not a number
    maximum: float | None  # the largest element
    mean: float | None  # the mean of the elements
    sampled: int | None  # number of evenly spaced elements used, or None when all elements were
    spaced: tuple[float, ...]  # at most 64 evenly spaced elements

    @property
    def histogram(self) -> tuple[int, ...]:
        """Counts of `spaced` in 8 equal bins from minimum to maximum; a constant tensor has all in the first."""
        if self.minimum is None or self.maximum is None or self.maximum <= self.minimum:
            return (len(self.spaced), *([0] * (BINS - 1))) if self.spaced else ()
        counts = [0] * (BINS + 1)
        for element in self.spaced:
            counts[int((element - self.minimum) * BINS / (self.maximum - self.minimum))] += 1
        counts[BINS - 1] += counts.pop()  # the maximum itself falls just behind the last bin
        return tuple(counts)


class TensorFacts(NamedTuple):
    """What can be said of a tensor without changing it."""

    shape: tuple[int, ...]  # its sizes; -1 where the parts of a nested tensor differ
    dtype: str  # torch's name without "torch.", as "float32"
    requires_grad: bool  # torch's own flag
    grad_fn: str | None  # the class name of `grad_fn`, as "AddmmBackward0"
    is_parameter: bool  # whether it is an `nn.Parameter`
    version: int | None  # `tensor._version`; None for an inference tensor, which has no counter
    statistics: Statistics | None  # None for a parameter, and where there is nothing to compute (empty, complex, ...)
    preview: tuple[float | str, ...]  # the first elements, at most 6; "nan", "inf" as text
    picture: Picture | None = None  # of floating-point numbers and truth values, at most 65,536 of them


ITEMS = 6  # how many items of a container a summary has at most
ITEMS_IN_TEXT = 3  # up to so many items of a tuple or a list are written out in the summary's text
CONSTANT_LENGTH = 80  # characters of the longest string that a summary has as its constant


class Summary(NamedTuple):
    """A value in one bounded line, and the value itself where it is a short constant.

    The text is to be read by people. What a program wants to know is in the other fields.
    """

    type: str  # the class's name: "Tensor", "Conv2d", "tuple", "int", "NoneType"
    text: str  # at most 120 characters: "float32 [1, 3, 28, 28]", "Conv2d(3, 16, ...)", "5"
    tensor: TensorFacts | None = None  # of a tensor
    # At most 6 (name or index, value) pairs: of a container; the fields of a dataclass's object; of another object the
    # attributes that hold tensors.
    items: tuple[tuple[str, Summary], ...] = ()
    # The value itself: a bool, an int below 2**63, a finite float, a string of at most 80 characters. The qualified
    # name of a function or a method; the message of an exception. None for anything else.
    constant: bool | int | float | str | None = None
    length: int | None = None  # how many items a container has; None for what is no container

    @property
    def only_nones(self) -> bool:
        """Whether it is a tuple of at most 6 items that holds None and nothing else."""
        complete = self.type == "tuple" and self.length == len(self.items) > 0
        return complete and all(item.type == "NoneType" for _, item in self.items)


class Change(NamedTuple):
    """One thing that a step changed in its frame."""

    name: str  # "x", "self.running_mean", "grad mode"
    kind: ChangeKind  # new, rebound, modified in place, grad mode, held, or deleted
    value: Summary  # what it is from here on
