"""What came of a call beside its value: an exception, changed buffers, gradients."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

from explorer.record.values import Summary

# What random numbers come from: torch's default generator, Python's `random`, `numpy.random`.
RandomSource = Literal["torch", "random", "numpy"]


@dataclass(frozen=True, slots=True)
class ErrorInfo:
    """An exception that left the call."""

    type: str  # the class's name
    # As `str` gives it. Where that would run a `__str__` of the user's, which the call did not run: made of the
    # exception's arguments.
    message: str
    file: str | None  # where it was raised: the innermost traced frame; None if Python itself raised it at the call
    line: int | None  # the same
    function: str | None  # the same, its qualified name
    step: int | None  # index of the step that raised it; the last one that did, where it was raised again
    cause: ErrorInfo | None = None  # its `__cause__`: what `raise ... from ...` names
    # Its `__context__`: what was being handled when it was raised. Of all that led to it, each exception stands once,
    # so this is None where it is the cause; and there are at most 16.
    context: ErrorInfo | None = None
    suppresses_context: bool = False  # whether `raise ... from ...` keeps the context out of Python's own traceback
    members: tuple[ErrorInfo, ...] = ()  # of an exception group
    # Another one that was neither: it left a frame, code that is not Python's took it, and this one was raised next.
    follows: ErrorInfo | None = None


@dataclass(frozen=True, slots=True)
class ChangedBuffer:
    """A buffer that is not what it was before the run: written to, another tensor, registered or removed."""

    name: str  # dotted, as "bn1.running_mean"
    before: Summary | None  # what it was; None where nothing was registered under that name
    after: Summary | None  # what it is; None where nothing is


class Gradient(NamedTuple):
    """A parameter after `backward()`."""

    name: str  # dotted, as "fc1.weight"
    shape: tuple[int, ...]  # of the parameter
    norm: float | str | None  # Euclidean norm of its gradient, "nan" and "inf" as text; None where it got none


@dataclass(frozen=True, slots=True)
class Backward:
    """`loss.backward()` after the call, where the loss is the sum of the output's floating-point elements."""

    loss: float | str | None  # None where the call returned nothing to sum
    gradients: tuple[Gradient, ...]  # in the order of `named_parameters`
    reason: str | None  # a sentence where there was nothing to differentiate
    error: ErrorInfo | None  # what `backward()` raised

    @property
    def reached(self) -> int:
        """How many parameters have a gradient."""
        return sum(gradient.norm is not None for gradient in self.gradients)
