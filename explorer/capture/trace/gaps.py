"""While another trace function than the recorder's is in place, or none, nothing is recorded: where that happened.

Python takes a trace function away that raises, and the call may call `sys.settrace` itself. It is noticed at the next
operation, or at the end of the call. Where none is in place, the recorder's is put back; another one stays, as the
call asked for it. A single frame may lose its trace function besides, by `frame.f_trace`: that is noticed when a frame
goes on that had called it, or at the end of the call.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from types import CodeType, FrameType, MethodType
from typing import Any

from explorer.capture.trace.scope import is_ours
from explorer.capture.trace.special_frames.compiler_frames import trace_nothing
from explorer.capture.trace.tape import TapeEntry, TracedFrame, WrappedTrace
from explorer.record.unrecorded import Unrecorded
from explorer.runtime.plain_reads import is_a, name_of_callable

UNKNOWN_CAUSE = "the recorder's trace function was taken away, by the call or by Python at its recursion limit"


class Gaps:
    """Finds out when the recorder's trace function is not in place. For one run."""

    def __init__(self, tape: Sequence[TapeEntry], stack: Sequence[TracedFrame]) -> None:
        """tape: what happened so far. stack: the frames that are running, outermost first."""
        self.tracer: Callable[..., Any] | None = None  # the one that should be in place; None while none has to be
        self.found: list[Unrecorded] = []
        self._tape, self._stack = tape, stack
        self._setters: list[str] = []  # functions of the call that ran and name `sys.settrace`
        self._frame_setters: list[str] = []  # those that name `f_trace`, a frame's own trace function
        self.is_open = False  # whether another one is in place
        self._began: int | None = None  # the step after which nothing is recorded; None outside of a gap
        self._function = self._cause = ""
        self._others_go_on = False
        self._operations: int | None = 0  # that ran in a gap; None where that is not known

    def meet(self, code: CodeType) -> None:
        """Note a function that is called for the first time, if it may set a trace function."""
        if is_ours(code.co_filename):
            return
        if "settrace" in code.co_names:
            self._setters.append(code.co_qualname)
        if "f_trace" in code.co_names:
            self._frame_setters.append(code.co_qualname)

    def set_aside(self, before: Any) -> None:
        """Note the trace function that was in place before the call; None where none was."""
        if before is not None:
            self.found.append(Unrecorded("set aside", 0, name_of_callable(before)))

    def at_operation(self, now: Any, frame: FrameType) -> Any:
        """Note that an operation runs while another trace function is in place, or none.

        now: what is in place. frame: the one that runs the operation.

        Returns what is to be in place from here on.
        """
        if now is trace_nothing:  # while torch compiles
            return now
        if is_same(now, self.tracer):  # the call has put it back
            if self._began is not None:
                self._end(len(self._tape) - 1)
            return now
        self._begin(now)
        self._operations = (self._operations or 0) + 1
        if now is not None:
            self.is_open = True
            return now
        self._forget_ended_frames(frame)
        self._end(len(self._tape))
        return self.tracer

    def note(self, step: int, until: int) -> None:
        """Note that nothing was recorded between two steps, and no operation was noticed."""
        if self._began is None:
            if self._frame_setters:
                self._begin_unseen()
            else:  # an operation would have been noticed
                self._begin(None)
            self._began = step
            self._end(until)

    def note_ended_frames(self, running: TracedFrame) -> None:
        """Note frames that ended unseen: they are above one that goes on, and were called by it.

        The step that comes next is the one with which recording goes on.
        """
        stack = self._stack
        if self._began is None:
            self._begin_unseen()
            self._end(len(self._tape))
        while stack and stack[-1] is not running:
            stack[-1].leave()

    def end(self, now: Any) -> None:
        """Note what was in place when the call ended."""
        if self.tracer is None:
            return
        is_in_place = is_same(now, self.tracer)
        if not is_in_place:
            self._begin(now)
        elif self._began is None and self._stack:  # frames that ended unseen
            self._begin_unseen()
            is_in_place = False
        if self._began is not None:
            self._end(len(self._tape) if is_in_place else None)
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
            self._cause = f"`sys.settrace` put another trace function in place, `{name_of_callable(now)}`"
        elif self._setters:
            self._cause = f"`{self._setters[-1]}` calls `sys.settrace`, which took the recorder's trace function away"
        else:
            self._cause = UNKNOWN_CAUSE

    def _begin_unseen(self) -> None:
        """Begin a gap with the last step of the innermost frame, which went on without being traced."""
        self._begin(None)
        self._began, self._operations = self._stack[-1].step, None
        if self._frame_setters:
            setter = self._frame_setters[-1]
            self._cause = f"the recorder's trace function was taken away, probably by `{setter}`, which names `f_trace`"

    def _end(self, until: int | None) -> None:
        assert self._began is not None
        self.found.append(
            Unrecorded(
                "gap",
                self._began,
                self._function,
                until,
                self._cause,
                others_go_on=self._others_go_on,
                operations=self._operations,
            )
        )
        self._began, self.is_open = None, False

    def _forget_ended_frames(self, frame: FrameType | None) -> None:
        """Take those frames off the stack that ended unseen. frame: the one that runs now."""
        running = set()
        while frame is not None:
            tracer = frame.f_trace
            owner: Any = tracer.__self__ if type(tracer) is MethodType else None
            running.add(id(owner.entered if is_a(owner, WrappedTrace) else owner))
            frame = frame.f_back
        stack = self._stack
        while stack and id(stack[-1]) not in running:
            stack[-1].leave()


def is_same(one: Any, other: Any) -> bool:
    """Return whether two trace functions are the same, as methods are that were looked up twice; neither is asked."""
    if type(one) is not MethodType or type(other) is not MethodType:
        return one is other
    return one.__self__ is other.__self__ and one.__func__ is other.__func__
