"""Frames that begin near Python's recursion limit: recorded, or refused where a bare call would refuse them."""

from __future__ import annotations

import sys
from sys import gettrace, settrace  # as they are now: a model may put others in their place
from types import FrameType
from typing import Any

from explorer.capture.trace.frame_tracer import FrameTracer
from explorer.capture.trace.recursion import RecursionRoom, depth, give_back, make_room, refusal
from explorer.capture.trace.running_call import RunningCall
from explorer.capture.trace.scope import is_ours
from explorer.capture.trace.tape import Tracer
from explorer.runtime.isolation import restore_profiler
from explorer.torch_source.files import TORCH_FOLDER

# Before torch calls the method of a dispatch mode it makes a Python object of the operation, and asks how a class of
# tensors handles that.
BEFORE_DISPATCH_MODE = (TORCH_FOLDER + "_library/", TORCH_FOLDER + "_ops.py")


class NearLimit:
    """Traces the frames of one call that begin near the limit."""

    def __init__(self, room: RecursionRoom, running: RunningCall) -> None:
        self._room, self._running = room, running
        self._tracer: Any = None  # of the thread, and its profile function, while a frame is refused
        self._profiler: Any = None

    def trace(self, frame: FrameType, begin: Tracer) -> Tracer | None:
        """Trace a frame that begins. begin: the trace function that asks, for a frame that has room.

        Raises RecursionError in a frame that a bare call would not have let begin.
        """
        file = frame.f_code.co_filename
        if is_ours(file) or file.startswith(BEFORE_DISPATCH_MODE):  # no bare call begins these
            return None
        levels = self._room.too_deep_by(depth() - 2)  # this frame, and that of the trace function
        if levels > 0:
            # Python takes a trace function away that raises. A profile function is told next that the frame ends.
            self._tracer, self._profiler = gettrace(), sys.getprofile()
            sys.setprofile(self._trace_again)
            self._running.refused = True
            raise refusal(levels, frame.f_code.co_name)
        if levels == 0 and sys.getprofile() is None:
            sys.setprofile(self._refuse_builtin)
        limit = make_room()
        try:
            tracer: Tracer | None = begin(frame, "call", None)
        finally:
            give_back(limit)
        entered = getattr(tracer, "__self__", None)
        return entered.make_room_first() if isinstance(entered, FrameTracer) else tracer

    def _trace_again(self, frame: FrameType, event: str, argument: Any) -> None:
        """Go on tracing after a frame was refused; for that moment this is the thread's profile function."""
        settrace(self._tracer)
        restore_profiler(self._profiler)
        self._tracer = self._profiler = None

    def _refuse_builtin(self, frame: FrameType, event: str, argument: Any) -> None:
        """Raise RecursionError where the last frame that fits calls a builtin; a profile function until it ends."""
        if event == "c_call" and not _is_instruction(argument):
            self._running.refused = True
            raise refusal(2, "")  # and with that, Python takes a profile function away
        if event == "return":
            sys.setprofile(None)


def _is_instruction(builtin: Any) -> bool:
    """Return whether Python has an instruction in place of the call of this builtin, once a function has run often."""
    return builtin is len or (getattr(builtin, "__name__", "") == "append" and type(builtin.__self__) is list)
