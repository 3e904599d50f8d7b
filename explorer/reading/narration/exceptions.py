"""Sentences for the steps at which an exception is raised, is caught, or leaves a function."""

from __future__ import annotations

from explorer.reading.narration.indexed_run import IndexedRun
from explorer.record import Frame, Step


def exception_sentence(run: IndexedRun, step: Step, frame: Frame) -> str:
    """Return the sentence for a step of the kind "exception"."""
    error = run.observation.error
    if ends_loop(run, step, frame):
        return "The iterator has no more items: the loop ends."
    if not _passes_through(run, step):
        raised = f"This statement raises {step.value.text.removesuffix('.') if step.value else 'an exception'}."
        return f"{raised} The call ends without a result." if error and error.step == step.index else raised
    if _caught(run, step, frame):
        return f"`{frame.function}` catches the exception and goes on."
    after = run.after(step)
    if after is not None and after.kind != "exception":
        return f"The exception is on its way out of `{frame.function}`: what still runs there does not catch it."
    return f"The exception leaves `{frame.function}`: nothing in it catches it."


def ends_loop(run: IndexedRun, step: Step | None, frame: Frame) -> bool:
    """Return whether an exception is the end of an iterator, which ends the `for` loop at that line."""
    if step is None or step.kind != "exception" or step.value is None or step.value.type != "StopIteration":
        return False
    after, statement = run.after(step), run.statement(step, frame)
    goes_on = after is not None and after.kind != "exception"
    return goes_on and statement is not None and statement.kind == "for"


def _caught(run: IndexedRun, step: Step, frame: Frame) -> bool:
    """Return whether the frame's own code caught an exception. A `finally`, or an `except` for others, does not."""
    if frame.index in run.returned:
        return True
    handlers, at = run.file(frame).handlers, run.after(step)
    while at is not None and at.kind == "statement":
        header, at = at.line, run.after(at)
        body = handlers.get(header)
        if body is None or at is None or at.kind == "exception":
            continue
        if body[0] <= at.line <= body[1] or (body[0] == header and at.line not in handlers):
            return True
    return False


def _passes_through(run: IndexedRun, step: Step) -> bool:
    """Return whether an exception came out of a frame that this one called, and not from the statement itself."""
    before = run.steps[step.index - 1]
    return before.kind != "return" and before.frame is not None and run.frames[before.frame].caller == step.frame
