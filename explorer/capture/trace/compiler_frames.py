"""While torch's compiler compiles, nothing is recorded: that is not the call, and it runs thousands of statements."""

from __future__ import annotations

import sys
from types import CodeType, FrameType
from typing import Any

from explorer.torch_source.files import COMPILER_FOLDER

ENTERED = COMPILER_FOLDER + "convert_frame.py"  # through this file torch's evaluator asks for compiled code


def compiles(code: CodeType) -> bool:
    """Whether a function is one with which compiling begins."""
    return code.co_filename == ENTERED


class Compiling:
    """The trace function of a frame that compiles: until it ends, no other frame is looked at. For one run."""

    def __init__(self) -> None:
        self._before: Any = None

    def __call__(self, frame: FrameType, event: str, argument: Any) -> Compiling:
        if self._before is None:
            self._before = sys.gettrace()
            sys.settrace(_nothing)
        if event == "return":
            sys.settrace(self._before)
            self._before = None
        return self


def _nothing(frame: FrameType, event: str, argument: Any) -> None:
    """The global trace function meanwhile; without one, the frame's own would not be told that it ends."""
