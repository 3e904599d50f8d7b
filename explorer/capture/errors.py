"""An exception that left a call, as plain data, with what led to it."""

from __future__ import annotations

from dataclasses import replace

from explorer.capture.trace.group_members import members_of
from explorer.capture.trace.running_call import RunningCall, cause_of, context_of
from explorer.capture.trace.tape import ExceptionEntry, read_entry
from explorer.record import ErrorInfo
from explorer.runtime.plain_reads import is_a, message_of, name_of_class

MOST = 16  # exceptions that one of them has with it, as its cause, its context, and so on
_suppresses_context = BaseException.__dict__["__suppress_context__"].__get__


def error_info(raised: BaseException, running: RunningCall) -> ErrorInfo:
    """Return an exception with the innermost traced frame that it was raised in, and with what led to it."""
    return _Chain(running).info(raised)


class _Chain:
    """Makes an exception's record and those of the exceptions that led to it: each once, and not too many."""

    def __init__(self, running: RunningCall) -> None:
        self._running = running
        self._met: list[BaseException] = []  # kept by identity: an exception may say that it equals another

    def info(self, raised: BaseException) -> ErrorInfo:
        self._met.append(raised)
        made = self._alone(raised)
        cause, context = self._other(cause_of(raised)), self._other(context_of(raised))
        members = members_of(raised) if is_a(raised, BaseExceptionGroup) else ()
        return replace(
            made,
            cause=cause,
            context=context,
            suppresses_context=bool(_suppresses_context(raised)),
            members=tuple(found for each in members if (found := self._other(each)) is not None),
            follows=self._follows(raised),
        )

    def _other(self, exception: BaseException | None) -> ErrorInfo | None:
        """Return the record of an exception that led to another one; None where it stands in the record already."""
        if exception is None or len(self._met) > MOST or any(each is exception for each in self._met):
            return None
        return self.info(exception)

    def _alone(self, raised: BaseException) -> ErrorInfo:
        kind, message, running = name_of_class(type(raised)), message_of(raised), self._running
        step = running.last_raise_of(raised)
        frame = running.frames[step] if step is not None else None
        if step is None or frame is None:
            return ErrorInfo(kind, message, None, None, None, None)
        _, statement, _ = read_entry(running.tape[step], frame)
        line = statement.first if statement is not None else frame.plan.first_line
        return ErrorInfo(kind, message, frame.plan.file, line, frame.plan.name, step)

    def _follows(self, raised: BaseException) -> ErrorInfo | None:
        """Return what is known of the exception that this one came after; the object may be gone."""
        running, seen = self._running, self._running.exception_seen(raised)
        if seen is None or seen.follows is None:
            return None
        step = running.exceptions[seen.follows].step
        entry, frame = running.tape[step], running.frames[step]
        if not isinstance(entry, ExceptionEntry) or frame is None:
            return None
        line = entry.statement.first if entry.statement is not None else frame.plan.first_line
        message = entry.exception.constant if isinstance(entry.exception.constant, str) else ""
        return ErrorInfo(entry.exception.type, message, frame.plan.file, line, frame.plan.name, step)
