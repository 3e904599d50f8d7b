"""Frames that give a tensor other memory without an operation: by `x.data = y`, or by swapping two tensors.

Python tells of each line of such a frame. Where the tensors lie is noted before the line, and compared after it.
"""

from __future__ import annotations

from types import FrameType
from typing import Any

from torch import Tensor

from explorer.capture.operations.static_values import UNKNOWN, value_of
from explorer.capture.trace.moves import targets_of
from explorer.capture.trace.running_call import RunningCall
from explorer.capture.trace.tape import TracedFrame, Tracer, WrappedTrace
from explorer.runtime.plain_reads import is_a
from explorer.runtime.torch_private.operators import SWAPS_TENSORS


class MovingFrame(WrappedTrace):
    """Traces one frame of such a function."""

    __slots__ = ("_moving", "_running", "_trace_frame")

    def __init__(
        self, running: RunningCall, frame: FrameType, entered: TracedFrame | None, tracer: Tracer | None
    ) -> None:
        """entered, tracer: of a frame whose lines are recorded, and its trace function; None of any other."""
        if entered is not None:
            self.entered = entered
        self._running, self._trace_frame = running, tracer
        self._moving: list[Tensor] | None = []  # by the statement that is running
        if tracer is None:
            self._begin(frame)

    def trace(self, frame: FrameType, event: str, argument: Any) -> Tracer:
        """Trace an event of the frame, as its trace function."""
        self._end()
        if self._trace_frame is None:
            self._running.take_turn(frame)
        else:
            self._trace_frame(frame, event, argument)
        if event == "line":
            self._begin(frame)
        return self.trace

    def _begin(self, frame: FrameType) -> None:
        """Note which tensors the line that comes may move."""
        code = frame.f_code
        targets, is_clear = targets_of(code)
        if SWAPS_TENSORS in code.co_names:
            found = list(frame.f_locals.values())
        elif is_clear:
            found = [value_of(target, frame) for target in targets.get(frame.f_lineno, ())]
        else:
            found = [UNKNOWN]
        unknown = any(each is UNKNOWN for each in found)
        self._moving = None if unknown else [each for each in found if is_a(each, Tensor)]
        if self._moving is None or self._moving:
            self._running.on_move(self._moving, False)

    def _end(self) -> None:
        if self._moving is None or self._moving:
            moved, self._moving = self._moving, []
            self._running.on_move(moved, True)
