"""Find the phases of a call that it did not go into: their `if` was evaluated, and its body did not run."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from explorer.reading.next_steps import entered_body
from explorer.record import Frame, Step, Trace
from explorer.torch_source.statements import parse_file


def phases_not_entered(trace: Trace) -> tuple[int, ...]:
    """Return the first step of each phase that was not gone into.

    In such a phase a condition was evaluated, none was true, and nothing was called, returned or raised: there are only
    bindings. So a phase that decides between two ways, as "compiled?", took one and is none of these.
    """
    found: list[int] = []
    for steps in _phases(trace):
        if all(_stays(step, after) for step, after in steps):
            conditions = {_condition(step, after, trace.frames) for step, after in steps}
            if False in conditions and True not in conditions:
                found.append(steps[0][0].index)
    return tuple(found)


StepsWithNext = list[tuple[Step, Step | None]]  # each step with the next one of the trace


def _phases(trace: Trace) -> Iterator[StepsWithNext]:
    """Yield, for each phase of each call of a module, the steps that `Module.__call__` itself made in it."""
    phases: dict[tuple[str | None, int | None, str | None], StepsWithNext] = {}
    for step, after in pairwise((*trace.steps, None)):
        if step is None or step.frame is None:
            continue
        frame = trace.frames[step.frame]
        if frame.role == "call path":
            phases.setdefault((frame.module, frame.module_call, step.phase), []).append((step, after))
    yield from phases.values()


def _condition(step: Step, after: Step | None, frames: Sequence[Frame]) -> bool | None:
    return None if step.frame is None else entered_body(step, after, parse_file(frames[step.frame].file).bodies)


def _stays(step: Step, after: Step | None) -> bool:
    """Return whether a statement ran to its end, and its frame goes on without having called another."""
    return step.kind == "statement" and after is not None and after.frame == step.frame and after.kind == "statement"
