"""Find the step with which a frame goes on after another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from explorer.record import Step


def next_in_frame(steps: Sequence[Step]) -> Mapping[int, int]:
    """Return, for each step, the index of the next step of the same frame; the last step of a frame has none."""
    following: dict[int, int] = {}
    last: dict[int | None, int] = {}
    for step in steps:
        if step.frame in last:
            following[last[step.frame]] = step.index
        last[step.frame] = step.index
    return following
