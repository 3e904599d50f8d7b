"""Loops over the active dispatch modes: the iteration for our own mode does not happen in a bare call.

An attention layer asks in this way for an active tracer (`_is_make_fx_tracing` in torch/nn/modules/activation.py).
"""

from __future__ import annotations

from collections.abc import Callable
from types import CodeType, FrameType
from typing import Any

OUR_PACKAGE = __name__.partition(".")[0]


def loops_over_modes(code: CodeType) -> bool:
    """Return whether a function is such a loop."""
    return code.co_qualname.startswith("_is_make_fx_tracing.")


class ModeLoopTracer:
    """A trace function that marks the lines of the iterations that a bare call would make too."""

    def __init__(self, mark_executed: Callable[[int], None]) -> None:
        self._mark_executed = mark_executed

    def __call__(self, frame: FrameType, event: str, argument: Any) -> ModeLoopTracer:
        if event == "line" and type(frame.f_locals.get("x")).__module__.partition(".")[0] != OUR_PACKAGE:
            self._mark_executed(frame.f_lineno)
        return self
