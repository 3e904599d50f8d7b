"""While another trace function than the recorder's is in place, or none, nothing is recorded: where that happened.

Python takes a trace function away that raises, and the call may call `sys.settrace` itself. It is noticed at the next
operation, or at the end of the call. Where none is in place, the recorder's is put back; another one stays, as the
call asked for it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from types import CodeType, FrameType
from typing import Any

from explorer.capture.trace.compiler_frames import trace_nothing
from explorer.capture.trace.tape import TapeEntry, TracedFrame
from explorer.record.unrecorded import Unrecorded
from explorer.runtime.plain_reads import function_of, name_of_class, name_of_function


class Gaps:
    """Finds out when the recorder's trace function is not in place. For one run."""

    def __init__(self, tape: Sequence[TapeEntry], stack: Sequence[TracedFrame]) -> None:
        """tape: what happened so far. stack: the frames that are running, outermost first."""
        self.tracer: Callable[..., Any] | None = None  # the one that should be in place; None while none has to be
        self.found: list[Unrecorded] = []
        self._tape, self._stack = tape, stack
        self._setters: list[str] = []  # functions that ran and name `sys.settrace`
        self.is_open = False  # whether another one is in place
        self._began: int | None = None  # the step after which nothing is recorded; None outside of a gap
        self._function = self._cause = ""
        self._others_go_on = False
        self._operations = 0

    def meet(self, code: CodeType) -> None:
        """Note a function that is called for the first time, if it may set a trace function."""
        if "settrace" in code.co_names:
            self._setters.append(code.co_qualname)

    def set_aside(self, before: Any) -> None:
        """Note the trace function that was in place before the call; None where none was."""
        if before is not None:
            self.found.append(Unrecorded("set aside", 0, None, _name(before), "", None, (), False, 0))

    def at_operation(self, now: Any, frame: FrameType) -> Any:
        """Note that an operation runs while another trace function is in place, or none.

        now: what is in place. frame: the one that runs the operation.

        Returns what is to be in place from here on.
        """
        if now is trace_nothing:  # while torch compiles
            return now
        if now == self.tracer:  # the call has put it back
            if self._began is not None:
                self._end(len(self._tape) - 1)
            return now
        self._begin(now)
        self._operations += 1
        if now is not None:
            self.is_open = True
            return now
        self._forget_ended_frames(frame)
        self._end(len(self._tape))
        return self.tracer

    def note(self, step: int, until: int) -> None:
        """Note that nothing was recorded between two steps, in which no operation ran."""
        if self._began is None:
            self._begin(None)
            self._began = step
            self._end(until)

    def note_ended_frames(self, left: TracedFrame) -> None:
        """Take frames off the stack that ended unseen within one that ends now."""
        if self._setters and left in self._stack and self._began is None:
            self._begin(None)
            self._function = left.plan.name
            while self._stack[-1] is not left:
                self._stack[-1].leave()
            self._end(len(self._tape) - 1)

    def end(self, now: Any) -> None:
        """Note what was in place when the call ended."""
        if self.tracer is None:
            return
        if now != self.tracer:
            self._begin(now)
        if self._began is not None:
            self._end(len(self._tape) if now == self.tracer else None)
        self.tracer = None
        while self._stack:  # what Python did not tell the end of
            self._stack[-1].leave()

    def _begin(self, now: Any) -> None:
        if self._began is not None:
            return
        stack = self._stack
        self._began, self._operations = len(self._tape) - 1, 0
        self._function = stack[-1].plan.name if stack else ""
        self._others_go_on = now is not None  # each frame has a trace function of its own besides
        if now is not None:
            self._cause = f"`sys.settrace` put another trace function in place, `{_name(now)}`"
        elif self._setters:
            self._cause = f"`{self._setters[-1]}` calls `sys.settrace`, which took the recorder's trace function away"
        else:
            self._cause = "Python took the recorder's trace function away, as it does at its recursion limit"

    def _end(self, until: int | None) -> None:
        assert self._began is not None
        self.found.append(
            Unrecorded(
                "gap", self._began, until, self._function, self._cause, None, (), self._others_go_on, self._operations
            )
        )
        self._began, self.is_open = None, False

    def _forget_ended_frames(self, frame: FrameType | None) -> None:
        """Take those frames off the stack that ended unseen. frame: the one that runs now."""
        running = set()
        while frame is not None:
            owner = getattr(frame.f_trace, "__self__", None)
            running.add(id(getattr(owner, "entered", owner)))
            frame = frame.f_back
        stack = self._stack
        while stack and id(stack[-1]) not in running:
            stack[-1].leave()


def _name(tracer: Any) -> str:
    """Return the name of a trace function, or of the class of another callable."""
    return name_of_function(function_of(tracer)) or name_of_class(type(tracer))
