"""Progress in frames that are not traced: without it, two calls from one instruction of a loop would look like one.

A frame can come back to an instruction by a jump back only, and an event of the trace function tells that. So a frame
from which torch is reached, and that has no trace function, is given one that counts events.
"""

from __future__ import annotations

from collections.abc import Callable
from types import FrameType
from typing import Any

from explorer.capture.trace.running_call import RunningCall

Marker = Callable[[FrameType, str, Any], Any]


def marker(running: RunningCall) -> Marker:
    """Return a trace function that counts a frame's events, and tells of exceptions."""

    def mark(frame: FrameType, event: str, argument: Any) -> Marker | None:
        if event == "exception":
            running.on_exception(argument[1], argument[2])
        running.take_turn(frame)
        if event == "return":  # a generator's frame may live on when the recorded call is over
            del frame.f_trace
            return None
        return mark

    return mark
