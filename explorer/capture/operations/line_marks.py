"""Progress in frames that are not traced: without it, two calls from one instruction of a loop would look like one.

A frame can come back to an instruction by a jump back only, and an event of the trace function tells that. So a frame
from which torch is reached, and that has no trace function, is given one that counts events.
"""

from __future__ import annotations

from types import FrameType
from typing import Any

from explorer.capture.trace.running_call import RunningCall
from explorer.capture.trace.tape import Tracer


class LineMarks:
    """Counts the events of frames, and tells of their exceptions. For one run."""

    __slots__ = ("_running",)

    def __init__(self, running: RunningCall) -> None:
        self._running = running

    def trace(self, frame: FrameType, event: str, argument: Any) -> Tracer | None:
        """Count one event of a frame, as its trace function.

        It is read from the object each time: a function that kept itself would keep the run until the garbage
        collector comes.
        """
        running = self._running
        if event == "exception":
            running.on_exception(argument[1], argument[2])
        running.take_turn(frame)
        if event == "return":  # a generator's frame may live on when the recorded call is over
            del frame.f_trace
            return None
        return self.trace
