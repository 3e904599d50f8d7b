"""What is known of a code object before it runs."""

from __future__ import annotations

import dis
import inspect
import sys
from collections.abc import Callable, Mapping
from opcode import opmap
from types import CodeType, MappingProxyType
from typing import Any

from torch import nn

from explorer.capture.trace.scope import is_torch
from explorer.torch_source.files import FUNCTIONAL_FILE, MODULE_FILE
from explorer.torch_source.phases import CALL_PATH, phases
from explorer.torch_source.statements import Statement, function_span, parse_file

_GETATTR: CodeType = nn.Module.__getattr__.__code__
_FOLDED_NAMES = ("<listcomp>", "<setcomp>", "<dictcomp>", "<genexpr>")
_PAUSES = inspect.CO_GENERATOR | inspect.CO_COROUTINE | inspect.CO_ASYNC_GENERATOR
NOTHING: Mapping[Any, Any] = MappingProxyType({})
# Since Python 3.12 a comprehension runs in the frame of its function, and begins with this instruction.
_BEGINS_COMPREHENSION = opmap.get("LOAD_FAST_AND_CLEAR")
# Since Python 3.13 the line event of a jump back stands at the jump, and not at where it leads.
_EVENT_AT_JUMP = sys.version_info >= (3, 13)


class Plan:
    """A code object in the trace's scope: where it stands, and how its frames are to be recorded."""

    __slots__ = (
        "any_arguments", "arguments", "call_path", "code", "file", "first", "fold", "forward", "free", "functional",
        "getattr", "has_self", "inlines", "jumps", "last", "name", "opens", "own", "passes_on", "phases", "ran",
        "rebinds", "shared",
        "statements", "tick",
    )  # fmt: skip

    def __init__(self, code: CodeType, tick: Callable[[int], None]) -> None:
        """tick: marks a line of the file as executed."""
        self.code, self.tick = code, tick
        self.name, self.file = code.co_qualname, code.co_filename
        self.first, self.last = function_span(code)
        self.statements = parse_file(code.co_filename).statements
        self.ran: dict[int, Statement] = {}  # line → its statement, for the lines that were seen to run
        # Lines of these are marked as executed, and belong to the statement that made the call.
        self.getattr = code is _GETATTR
        self.fold = self.getattr or code.co_name in _FOLDED_NAMES
        self.call_path = code.co_filename == MODULE_FILE and code.co_qualname in CALL_PATH
        self.opens = self.call_path and code.co_name == "_wrapped_call_impl"  # begins a call of a module
        self.any_arguments = self.call_path and code.co_varnames[:3] == ("self", "args", "kwargs")
        self.arguments = _arguments(code)  # the names that are bound when a frame begins
        self.passes_on = self.opens and self.any_arguments  # gives what it was given to the next frame
        self.phases = phases() if self.call_path else NOTHING
        self.functional = code.co_filename == FUNCTIONAL_FILE
        self.forward = code.co_name == "forward"
        self.own = not is_torch(code.co_filename)
        self.has_self = "self" in code.co_varnames or "self" in code.co_freevars or "self" in code.co_cellvars
        # Whether it holds a comprehension without a frame of its own.
        self.inlines = _BEGINS_COMPREHENSION is not None and _BEGINS_COMPREHENSION in code.co_code[::2]
        # Instruction of a jump back → where it leads, in a release of Python whose line events stand at the jump.
        self.jumps = _jumps_back(code) if _EVENT_AT_JUMP else NOTHING
        self.free = frozenset(code.co_freevars)
        self.shared = code.co_freevars + code.co_cellvars  # names that another frame may rebind
        # Whether frames of it may rebind those of another: inner functions, and what goes on after a pause.
        self.rebinds = bool(self.shared) and (bool(self.free) or bool(code.co_flags & _PAUSES))

    def runs(self, line: int) -> Statement:
        """The statement of a line that runs for the first time."""
        self.tick(line)
        statement = self.statements.get(line) or Statement(line, line, None, frozenset(), False)
        self.ran[line] = statement
        return statement


def _jumps_back(code: CodeType) -> Mapping[int, int]:
    """The instructions that jump back, each with the one that it jumps to."""
    return {each.offset: each.argval for each in dis.get_instructions(code) if each.opname.startswith("JUMP_BACKWARD")}


def _arguments(code: CodeType) -> tuple[str, ...] | None:
    """The names of a function's arguments, in the order of its variables; None for what begins with others.

    A module or a class has none, and what goes on after a pause has whatever was bound before it.
    """
    if not code.co_flags & inspect.CO_OPTIMIZED or code.co_flags & _PAUSES:
        return None
    stars = bool(code.co_flags & inspect.CO_VARARGS) + bool(code.co_flags & inspect.CO_VARKEYWORDS)
    return code.co_varnames[: code.co_argcount + code.co_kwonlyargcount + stars]
