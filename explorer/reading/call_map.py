"""The map of `Module.__call__`: the statements of torch's installed source, and which of them a run executed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import CodeType

from torch import nn

from explorer.record import Observation
from explorer.torch_source.files import MODULE_FILE
from explorer.torch_source.find_roles import roles
from explorer.torch_source.roles import StatementRole
from explorer.torch_source.statements import function_span, parse_file, statement_text

# In the order in which a call enters them.
FUNCTIONS = ("_wrapped_call_impl", "_call_impl", "_slow_forward")

NO_CODE = "A declaration: Python makes no code of it, so there is nothing to execute."
COMPILERS_ONLY = (
    "`torch.compiler.is_compiling()` is true only while `torch.compile` or `torch.export` reads a model. "
    "No call in eager Python makes it true."
)
UNKNOWN = "No preset executes it."


@dataclass(frozen=True, slots=True)
class MappedStatement:
    """A statement on the map."""

    first: int  # line of the file
    last: int  # the last line; of a compound statement, of what it evaluates before its body
    text: str  # on one line
    has_code: bool  # whether the compiler made any code of it
    role: StatementRole | None  # None where torch's statement is of an unknown shape


@dataclass(frozen=True, slots=True)
class MappedFunction:
    """A function on the map; the one defined inside it belongs to it."""

    name: str  # "_call_impl"
    first: int
    last: int
    statements: tuple[MappedStatement, ...]  # in the order of their lines


Reached = Mapping[int, int]  # first line of a statement → index of the first step that executed it


@cache
def mapped_functions() -> tuple[MappedFunction, ...]:
    """Return the functions that `Module.__call__` consists of, as far as the installed torch has them."""
    return tuple(_mapped_function(name) for name in FUNCTIONS if hasattr(nn.Module, name))


@cache
def mapped_statements() -> Mapping[int, MappedStatement]:
    """Return every statement of the map, by its first line."""
    return {statement.first: statement for function in mapped_functions() for statement in function.statements}


def reached(observation: Observation) -> Reached:
    """Return the statements of the map that a run executed, each with the step at which it did so first."""
    trace, known = observation.trace, mapped_statements()
    in_file = {frame.index for frame in trace.frames if frame.file == MODULE_FILE}
    found: dict[int, int] = {}
    for step in trace.steps:
        if step.kind == "statement" and step.frame in in_file and step.line in known:
            found.setdefault(step.line, step.index)
    return found


def why_not(statement: MappedStatement) -> str:
    """Return why nothing executes a statement, in one or two sentences."""
    if not statement.has_code:
        return NO_CODE
    return COMPILERS_ONLY if statement.role is StatementRole.UNGUARDED_INNER_CALL else UNKNOWN


def _mapped_function(name: str) -> MappedFunction:
    code: CodeType = getattr(nn.Module, name).__code__
    first, last = function_span(code)
    statements, lines = parse_file(MODULE_FILE).statements, _lines_with_code(code)
    spans = {
        (statements[line].first, statements[line].last) for line in range(first + 1, last + 1) if line in statements
    }
    found = [
        MappedStatement(
            first=span[0],
            last=span[1],
            text=statement_text(MODULE_FILE, span),
            has_code=not lines.isdisjoint(range(span[0], span[1] + 1)),
            role=roles().get(span[0]),
        )
        for span in sorted(spans)
    ]
    return MappedFunction(name, first, last, tuple(found))


def _lines_with_code(code: CodeType) -> set[int]:
    """Return the lines that the compiler made code of, in a function and in those defined inside it."""
    found = {line for _, _, line in code.co_lines() if line}
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            found |= _lines_with_code(constant)
    return found
