"""Turns of a loop over the active dispatch modes: the one that is about our own mode is not in a bare call.

An attention layer asks so whether a tracer is at work (`_is_make_fx_tracing` in torch/nn/modules/activation.py).
"""

from __future__ import annotations

from collections.abc import Callable
from types import CodeType, FrameType
from typing import Any

from explorer.capture.trace.tape import Tracer

OURS = __name__.partition(".")[0]


def asks_for_modes(code: CodeType) -> bool:
    """Whether a function is such a loop."""
    return code.co_qualname.startswith("_is_make_fx_tracing.")


def ignoring_ours(tick: Callable[[int], None]) -> Tracer:
    """A trace function that marks the lines of the turns that a bare call would make too."""

    def trace(frame: FrameType, event: str, argument: Any) -> Tracer:
        if event == "line" and type(frame.f_locals.get("x")).__module__.partition(".")[0] != OURS:
            tick(frame.f_lineno)
        return trace

    return trace
