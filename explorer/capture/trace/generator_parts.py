"""Where the frame of a generator or a coroutine goes on, and where it pauses: read off the instruction it stands at."""

from __future__ import annotations

from collections.abc import Mapping
from opcode import opmap
from types import CodeType, FrameType, MappingProxyType

from explorer.capture.callees.describe import kind_of_function
from explorer.record.callees import CalleeKind
from explorer.record.trace import FramePart, GeneratorKind, Pause

_RESUME, YIELD_VALUE, SEND = opmap["RESUME"], opmap["YIELD_VALUE"], opmap["SEND"]
_UNIT = 2  # bytes of an instruction: its code, and its argument
# The argument of the instruction that goes on says after what; of the one with which a function begins it is 0.
_PAUSES: Mapping[int, Pause] = MappingProxyType({1: "yield", 2: "yield from", 3: "await"})
_KINDS: Mapping[CalleeKind, GeneratorKind] = MappingProxyType(
    {
        "generator function": "generator",
        "coroutine function": "coroutine",
        "asynchronous generator function": "asynchronous generator",
    }
)


def part_that_begins(frame: FrameType) -> FramePart:
    """Return which part of a generator's or a coroutine's run begins in a frame that was just entered."""
    code, instruction = frame.f_code, frame.f_lasti
    goes_on = code.co_code[instruction] == _RESUME
    after = _pause_at(code, instruction if goes_on else instruction + _UNIT)
    return FramePart(_KINDS[kind_of_function(code)], after, thrown=not goes_on)


def pause_of(frame: FrameType) -> Pause | None:
    """Return at what a frame that is left pauses; None where it ends."""
    code, instruction = frame.f_code, frame.f_lasti
    return _pause_at(code, instruction + _UNIT) if code.co_code[instruction] == YIELD_VALUE else None


def hands_value_over(frame: FrameType, exception: BaseException) -> bool:
    """Return whether an exception is how Python takes the result of what a frame waited for, and nothing raised it."""
    return type(exception) is StopIteration and frame.f_code.co_code[frame.f_lasti] == SEND


def _pause_at(code: CodeType, resume: int) -> Pause | None:
    """Return the pause after which an instruction goes on. resume: its offset."""
    instructions = code.co_code
    if resume + 1 >= len(instructions) or instructions[resume] != _RESUME:
        return None
    return _PAUSES.get(instructions[resume + 1] & 3)
