"""What is known of a code object before it runs."""

from __future__ import annotations

import dis
import inspect
import sys
from collections.abc import Callable, Mapping
from opcode import opmap
from types import CodeType, MappingProxyType
from typing import Any, Literal

from torch import nn

from explorer.capture.callees.instructions import Site
from explorer.capture.trace.moves import may_move
from explorer.runtime.code_objects import with_inner
from explorer.torch_source.files import FUNCTIONAL_FILE, MODULE_FILE, is_torch_file
from explorer.torch_source.phases import CALL_PATH, phases
from explorer.torch_source.role_callees import role_callees
from explorer.torch_source.statements import Statement, function_span, parse_file

_MODULE_GETATTR: CodeType = nn.Module.__getattr__.__code__
_COMPREHENSIONS = ("<listcomp>", "<setcomp>", "<dictcomp>", "<genexpr>")
_SETS_ATTRIBUTES = frozenset(
    {"__setattr__", "__delattr__", "add_module", "register_parameter", "register_buffer", "_apply", "__setstate__"}
)
_PAUSES = inspect.CO_GENERATOR | inspect.CO_COROUTINE | inspect.CO_ASYNC_GENERATOR
# What a function is in a module. "forward": what runs first when its `forward` is called. "inner": what a decorator is
# around there, "partial": what a partial there is of. "base": the `forward` of a class that its own class derives from,
# or its class's where it has another one of its own. "method": any other of its functions.
Holding = Literal["forward", "inner", "partial", "base", "method"]
RUNS_IN_FORWARD = frozenset[Holding | None]({"forward", "inner", "base"})
EMPTY_MAPPING: Mapping[Any, Any] = MappingProxyType({})
# Since Python 3.12 a comprehension runs in the frame of its function, and begins with this instruction.
_BEGINS_COMPREHENSION = opmap.get("LOAD_FAST_AND_CLEAR")
# Since Python 3.13 the line event of a jump back stands at the jump, and not at where it leads.
_EVENT_AT_JUMP = sys.version_info >= (3, 13)


class CodePlan:
    """A code object in the trace's scope: where it stands, and how its frames are to be recorded."""

    __slots__ = (
        "argument_names", "begun", "code", "file", "first_argument", "first_is_starred", "first_line", "free_names",
        "has_inlined_comprehension", "holdings", "is_call_path", "is_folded", "is_functional", "is_module_getattr",
        "is_user_code", "jumps_back", "last_line", "mark_executed", "may_set_tracer", "moves_tensors", "name",
        "opens_module_call", "passes_arguments_on", "pauses", "phases", "rebinds_names", "role_callees",
        "sets_attributes", "shared_names", "sites", "spells_forward", "statement_of_line", "statements",
        "takes_any_arguments",
    )  # fmt: skip

    def __init__(self, code: CodeType, mark_executed: Callable[[int], None]) -> None:
        """mark_executed: called with each line of the file that runs, once."""
        self.code, self.mark_executed = code, mark_executed
        self.name, self.file = code.co_qualname, code.co_filename
        self.first_line, self.last_line = function_span(code)
        self.statements = parse_file(code.co_filename).statements
        self.statement_of_line: dict[int, Statement] = {}  # for the lines that were seen to run
        # Lines of a folded one are marked as executed, and belong to the statement that made the call.
        self.is_module_getattr = code is _MODULE_GETATTR
        self.is_folded = self.is_module_getattr or is_comprehension(code)
        self.is_call_path = code.co_filename == MODULE_FILE and code.co_qualname in CALL_PATH
        self.opens_module_call = self.is_call_path and code.co_name == "_wrapped_call_impl"
        self.takes_any_arguments = self.is_call_path and code.co_varnames[:3] == ("self", "args", "kwargs")
        self.argument_names = _argument_names(code)
        self.passes_arguments_on = self.opens_module_call and self.takes_any_arguments  # as they are, to the next frame
        self.phases = phases() if self.is_call_path else EMPTY_MAPPING
        # First line of a statement that calls a hook or `forward` → how it names what it calls.
        self.role_callees = role_callees() if self.is_call_path else EMPTY_MAPPING
        self.is_functional = code.co_filename == FUNCTIONAL_FILE
        self.is_user_code = not is_torch_file(code.co_filename)
        # Whether it sets an attribute of the module that it is a method of, or registers something there.
        self.sets_attributes = code.co_filename == MODULE_FILE and code.co_name in _SETS_ATTRIBUTES
        # Whether it names what puts another trace function in place.
        self.may_set_tracer = "settrace" in code.co_names or "f_trace" in code.co_names
        self.moves_tensors = may_move(code)
        # The name of what is given first by position; and whether that is a tuple of all that is given so.
        self.first_is_starred = not code.co_argcount and bool(code.co_flags & inspect.CO_VARARGS)
        has_first = bool(code.co_flags & inspect.CO_OPTIMIZED) and (bool(code.co_argcount) or self.first_is_starred)
        self.first_argument = code.co_varnames[code.co_kwonlyargcount * self.first_is_starred] if has_first else None
        # Whether it may call a `forward` by that name, past `Module.__call__`.
        every = () if self.is_call_path else with_inner(code)
        self.spells_forward = any("forward" in each.co_names or "forward" in each.co_consts for each in every)
        # Id of a class of modules → the class itself, so that no other gets its id, and what the function is there.
        self.holdings: dict[int, tuple[type, Holding | None]] = {}
        # Whether it holds a comprehension that has no frame of its own.
        begins = _BEGINS_COMPREHENSION
        self.has_inlined_comprehension = begins is not None and begins in code.co_code[::2]
        # Instruction of a jump back → where it leads, in a release of Python whose line events stand at the jump.
        self.jumps_back = _jumps_back(code) if _EVENT_AT_JUMP else EMPTY_MAPPING
        self.sites: dict[int, Site] = {}  # instruction → what it does, of those that another frame began at
        # Instruction that calls by a global name → the code of the function that began there.
        self.begun: dict[int, CodeType] = {}
        self.free_names = frozenset(code.co_freevars)
        self.shared_names = code.co_freevars + code.co_cellvars  # that another frame may rebind
        # Whether frames of it may rebind those of another: inner functions, and what goes on after a pause.
        self.pauses = bool(code.co_flags & _PAUSES)
        self.rebinds_names = bool(self.shared_names) and (bool(self.free_names) or self.pauses)

    def see_line(self, line: int) -> Statement:
        """Return the statement of a line that runs for the first time."""
        self.mark_executed(line)
        statement = self.statement_of_line[line] = self.statement_at(line)
        return statement

    def statement_at(self, line: int) -> Statement:
        """Return the statement of a line, which may have run before the call began."""
        known = self.statement_of_line.get(line) or self.statements.get(line)
        return known or Statement(line, line, None, frozenset(), False, "other", False, False)


def is_comprehension(code: CodeType) -> bool:
    """Return whether code is that of a comprehension or a generator expression."""
    return code.co_name in _COMPREHENSIONS


def _jumps_back(code: CodeType) -> Mapping[int, int]:
    """Return the instructions that jump back, each with the one that it jumps to."""
    return {each.offset: each.argval for each in dis.get_instructions(code) if each.opname.startswith("JUMP_BACKWARD")}


def _argument_names(code: CodeType) -> tuple[str, ...] | None:
    """Return the names that are bound when a function begins, in the order of its variables; None for other code.

    A module or a class has no arguments, and what goes on after a pause has whatever was bound before it.
    """
    if not code.co_flags & inspect.CO_OPTIMIZED or code.co_flags & _PAUSES:
        return None
    stars = bool(code.co_flags & inspect.CO_VARARGS) + bool(code.co_flags & inspect.CO_VARKEYWORDS)
    return code.co_varnames[: code.co_argcount + code.co_kwonlyargcount + stars]
