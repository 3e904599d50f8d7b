"""Find compiled code, and what it may hide: a call inside compiled code has no frame."""

from __future__ import annotations

from explorer.catalog.hooks import BACKWARD_KINDS
from explorer.catalog.hooks.hook import Hook
from explorer.record import Frame, Observation, Step
from explorer.torch_source.statements import statement_text


def is_compiled(step: Step, frame: Frame) -> bool:
    """Return whether a step is code that `torch.compile` put in a function's place: it stands at the function's `def`.

    No statement of a function stands there, for the frame of a function begins after its `def`, unless all of it is on
    the same line.
    """
    return (
        step.kind == "statement"
        and step.line == frame.first_line
        and step.end_line < frame.last_line
        and statement_text(frame.file, (step.line, step.line)).startswith(("def ", "@"))
        and not _is_class(frame)
    )


def _is_class(frame: Frame) -> bool:
    """Return whether a frame is the body of a class that has decorators: it begins at the first of them."""
    lines = (statement_text(frame.file, (line, line)) for line in range(frame.first_line, frame.last_line + 1))
    found = next((line for line in lines if line.startswith(("def ", "async def ", "class "))), "")
    return found.startswith("class ")


def compiled_frames(observation: Observation) -> tuple[int, ...]:
    """Return the frames in whose place compiled code ran, by index, in the order in which they began."""
    frames = observation.trace.frames
    found = (
        step.frame
        for step in observation.trace.steps
        if step.frame is not None and is_compiled(step, frames[step.frame])
    )
    return tuple(sorted(set(found)))


def may_have_run_unseen(observation: Observation, hook: Hook) -> bool:
    """Return whether a hook may have run without a frame, in the compiled code of a function that called its module.

    A compiled hook calls no module. Backward hooks are not compiled: autograd calls them.
    """
    frames = observation.trace.frames
    if hook.kind in BACKWARD_KINDS:
        return False
    if not hook.is_global and any(frame.role == "call path" and frame.module == hook.at for frame in frames):
        return False
    return any(frames[index].role != "hook" for index in compiled_frames(observation))
