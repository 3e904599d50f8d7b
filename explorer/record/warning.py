"""A warning that the call gave."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class GivenWarning:
    """A warning that passed Python's filters; one that these hide was not given."""

    category: str  # the class's name: "UserWarning"
    message: str  # its text
    file: str  # that it is attributed to
    line: int  # the same
    step: int  # index of the step that was running
    by_torch: bool  # whether the Python function that gave it is torch's
