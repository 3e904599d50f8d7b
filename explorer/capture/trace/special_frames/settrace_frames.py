"""Frames whose code names `sys.settrace` or `f_trace`: they are told of each instruction.

After a call, or after `frame.f_trace` is set, comes the instruction behind it, or an exception. Where something else
comes, the trace function was not in place in between.
"""

from __future__ import annotations

import dis
from collections.abc import Mapping
from functools import lru_cache
from types import CodeType, FrameType
from typing import Any

from explorer.capture.trace.frame_tracer import FrameTracer
from explorer.capture.trace.running_call import RunningCall
from explorer.capture.trace.tape import Tracer, WrappedTrace


class SetterFrame(WrappedTrace):
    """Traces one frame of such a function, and finds where it was not traced."""

    __slots__ = ("_expected", "_gaps_seen", "_running", "_step", "_trace_frame")

    def __init__(self, entered: FrameTracer, running: RunningCall, frame: FrameType) -> None:
        self.entered, self._trace_frame, self._running = entered, entered.trace, running
        self._expected: tuple[int, ...] = ()
        self._step = self._gaps_seen = 0
        frame.f_trace_opcodes = True

    def trace(self, frame: FrameType, event: str, argument: Any) -> Tracer:
        """Trace an event of the frame, as its trace function."""
        if event == "opcode":
            self._see_instruction(frame)
        else:
            if event != "line":
                self._expected = ()
            self._trace_frame(frame, event, argument)
        return self.trace

    def _see_instruction(self, frame: FrameType) -> None:
        gaps, last = self._running.gaps, len(self._running.tape) - 1
        if self._expected and frame.f_lasti not in self._expected and self._gaps_seen == len(gaps.found):
            gaps.note(self._step, last if last > self._step else last + 1)
        self._expected = _after_calls(frame.f_code).get(frame.f_lasti, ())
        self._step, self._gaps_seen = last, len(gaps.found)


@lru_cache(maxsize=64)
def _after_calls(code: CodeType) -> Mapping[int, tuple[int, ...]]:
    """Return each instruction that makes a call or sets `f_trace`, with the two that follow: it may take two."""
    instructions = list(dis.get_instructions(code))
    offsets = [each.offset for each in instructions]
    return {
        each.offset: tuple(offsets[n + 1 : n + 3])
        for n, each in enumerate(instructions)
        if "CALL" in each.opname or (each.opname == "STORE_ATTR" and each.argval == "f_trace")
    }
