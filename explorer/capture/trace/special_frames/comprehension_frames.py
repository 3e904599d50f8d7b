"""Comprehensions that have a frame of their own: their lines are marked, and their iterations counted."""

from __future__ import annotations

from collections.abc import Callable
from types import FrameType
from typing import Any

from explorer.capture.trace.running_call import RunningCall


class ComprehensionTracer:
    """The trace function of the frames of one comprehension. For one run.

    An object returns itself. A function that named itself would keep the run until the garbage collector comes.
    """

    def __init__(self, running: RunningCall, mark_executed: Callable[[int], None]) -> None:
        self._running, self._mark_executed = running, mark_executed

    def __call__(self, frame: FrameType, event: str, argument: Any) -> ComprehensionTracer:
        if event == "line":
            self._mark_executed(frame.f_lineno)
            self._running.take_turn(frame)
            self._running.rebinding_frames += 1
        return self
