"""Find the step with which a frame goes on after another, and whether that lies in the body of an `if` or a loop."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from explorer.record import Step
from explorer.torch_source.headers import Span


def next_in_frame(steps: Sequence[Step]) -> Mapping[int, int]:
    """Return, for each step, the index of the next step of the same frame; the last step of a frame has none."""
    following: dict[int, int] = {}
    last: dict[int | None, int] = {}
    for step in steps:
        if step.frame in last:
            following[last[step.frame]] = step.index
        last[step.frame] = step.index
    return following


def entered_body(step: Step, after: Step | None, bodies: Mapping[int, Span]) -> bool | None:
    """Return whether an `if` or a loop went into its body.

    after: the next step of the same frame. bodies: those in the file of that frame, see `ParsedFile`.

    Returns None for any other statement, and where the frame did not get to another one.
    """
    if step.kind != "statement" or after is None or after.kind == "exception":
        return None
    body = bodies.get(step.line)
    return None if body is None else body[0] <= after.line <= body[1]
