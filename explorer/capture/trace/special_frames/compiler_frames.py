"""While torch's compiler compiles, nothing is recorded: that is not the call, and it runs thousands of statements."""

from __future__ import annotations

import sys
from types import CodeType, FrameType
from typing import Any

from explorer.torch_source.files import COMPILER_FOLDER

COMPILING_BEGINS = COMPILER_FOLDER + "convert_frame.py"  # through this file torch's evaluator asks for compiled code


def begins_compiling(code: CodeType) -> bool:
    """Return whether a function is one with which compiling begins."""
    return code.co_filename == COMPILING_BEGINS


class TracingSuspended:
    """The trace function of a frame that compiles: until it ends, no other frame is traced. For one run."""

    def __init__(self) -> None:
        self._tracer_before: Any = None

    def __call__(self, frame: FrameType, event: str, argument: Any) -> TracingSuspended:
        if self._tracer_before is None:
            self._tracer_before = sys.gettrace()
            sys.settrace(trace_nothing)
        if event == "return":
            sys.settrace(self._tracer_before)
            self._tracer_before = None
        return self


def trace_nothing(frame: FrameType, event: str, argument: Any) -> None:
    """Stand in as the global trace function; without one, the frame's own would not be told that it ends."""
