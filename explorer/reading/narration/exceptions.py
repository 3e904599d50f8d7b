"""Sentences for the steps at which an exception is raised, is caught, or leaves a function."""

from __future__ import annotations

from explorer.reading.narration.generator_parts import thrown_in
from explorer.reading.narration.indexed_run import IndexedRun
from explorer.record import Frame, FramePart, Step
from explorer.wording import count

CALL_ENDS = "The call ends without a result."
_END_OF_ITERATION = ("StopIteration", "StopAsyncIteration")


def exception_sentence(run: IndexedRun, step: Step, frame: Frame) -> str:
    """Return the sentence for a step of the kind "exception"."""
    if ends_loop(run, step, frame):
        return "The iterator has no more items: the loop ends."
    if not _passes_through(run, step):
        if frame.part is not None and frame.part.thrown and run.steps[step.index - 1].frame == step.frame:
            return _thrown_in(run, step, frame.part)
        return _raised(run, step)
    if _caught(run, step, frame):
        if _is_in_group_handler(run, step, frame) and step.frame not in run.returned:
            if run.last_exception.get(step.frame) == step.exception:
                return f"`{frame.function}` handles a part of the exception, and the rest leaves it."
            return f"`{frame.function}` begins to handle the exception in an `except*`."
        again = _raised_again(run, step)
        if again is not None:
            return f"`{frame.function}` catches the exception, and line {again} raises it again."
        return f"`{frame.function}` catches the exception and goes on."
    if step.frame in run.returned:  # it pauses in the middle of a `finally`, or a `with` has taken the exception
        return f"`{frame.function}` goes on for now: the exception is caught, or leaves later."
    after = run.after(step)
    if after is not None and after.kind != "exception":
        return f"The exception is on its way out of `{frame.function}`: what still runs there does not catch it."
    return f"The exception leaves `{frame.function}`: nothing in it catches it."


def _raised(run: IndexedRun, step: Step) -> str:
    """Return the sentences for an exception where it was raised, and for those that led to it."""
    trace, what = run.observation.trace, _text(step)
    seen = trace.exceptions[step.exception] if step.exception is not None else None
    if seen is not None and seen.step < step.index:
        ends = f" {CALL_ENDS}" if _ends_call(run, step) else ""
        return f"This statement raises the same exception again: {what}.{ends}"
    parts = [f"This statement raises {what}."]
    if seen is not None:
        if seen.cause is not None:
            parts.append(f"Its cause is {_earlier(run, seen.cause)}.")
        elif seen.part_of is not None:
            whole, name = trace.exceptions[seen.part_of].members, _earlier(run, seen.part_of)
            parts.append(f"It has {seen.members:,} of the {count(whole, 'exception')} in {name}.")
        elif seen.context is not None:
            parts.append(f"It was raised while {_earlier(run, seen.context)} was being handled.")
        elif seen.follows is not None:
            left = run.frame_of(trace.exceptions[seen.follows].step)
            parts.append(
                f"It is another one than the exception that left `{left}`, {_earlier(run, seen.follows)}: "
                f"`{seen.function}` raised it after that."
            )
    if _ends_call(run, step):
        parts.append(CALL_ENDS)
    return " ".join(parts)


def _thrown_in(run: IndexedRun, step: Step, part: FramePart) -> str:
    """Return the sentences for an exception that was raised from outside where a generator or a coroutine paused."""
    ends = [CALL_ENDS] if _ends_call(run, step) else []
    return " ".join([thrown_in(step, part, _text(step)), *ends])


def _ends_call(run: IndexedRun, step: Step) -> bool:
    """Return whether the call ended with the exception that was raised at a step."""
    error = run.observation.error
    return error is not None and error.step == step.index


def _text(step: Step) -> str:
    return step.value.text.removesuffix(".") if step.value else "an exception"


def _earlier(run: IndexedRun, exception: int) -> str:
    """Return an exception that was seen before."""
    return _text(run.steps[run.observation.trace.exceptions[exception].step])


def ends_loop(run: IndexedRun, step: Step | None, frame: Frame) -> bool:
    """Return whether an exception is the end of an iterator, which ends the `for` loop at that line."""
    if step is None or step.kind != "exception" or step.value is None or step.value.type not in _END_OF_ITERATION:
        return False
    after, statement = run.after(step), run.statement(step, frame)
    goes_on = after is not None and after.kind != "exception"
    return goes_on and statement is not None and statement.kind == "for"


def _caught(run: IndexedRun, step: Step, frame: Frame) -> bool:
    """Return whether the frame's own code caught an exception. A `finally`, or an `except` for others, does not."""
    if frame.index in run.returned and not frame.pauses:
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


def _is_in_group_handler(run: IndexedRun, step: Step, frame: Frame) -> bool:
    """Return whether a frame comes to an `except*` after an exception, and to no other `except` before that."""
    file, at = run.file(frame), run.after(step)
    while at is not None and at.line not in file.handlers:
        at = run.after(at)
    return at is not None and at.line in file.group_handlers


def _passes_through(run: IndexedRun, step: Step) -> bool:
    """Return whether an exception came out of a frame that this one called, and not from the statement itself."""
    if step.exception is None:
        return False
    seen = run.observation.trace.exceptions[step.exception]
    return step.index != seen.step and step.index not in seen.raised_again


def _raised_again(run: IndexedRun, step: Step) -> int | None:
    """Return the line at which a frame that caught an exception let it go on; None where it did not."""
    last = run.last_of_frame[step.frame]
    if step.frame in run.returned or last.kind != "statement" or run.last_exception.get(step.frame) != step.exception:
        return None
    return last.line
