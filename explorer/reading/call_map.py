"""The map of `Module.__call__`: the statements of torch's installed source, and which of them a run executed."""

from __future__ import annotations

import ast
import linecache
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from types import CodeType

from torch import nn

from explorer.record import Observation
from explorer.torch_source.files import MODULE_FILE
from explorer.torch_source.statements import Span, function_span, read, statement_text

# In the order in which a call enters them.
FUNCTIONS = ("_wrapped_call_impl", "_call_impl", "_slow_forward")

NO_CODE = "A declaration: Python makes no code of it, so there is nothing to execute."
COMPILERS_ONLY = (
    "`torch.compiler.is_compiling()` is true only while `torch.compile` or `torch.export` reads a model. "
    "No call in eager Python makes it true."
)
UNKNOWN = "No preset executes it."


@dataclass(frozen=True, slots=True)
class Place:
    """A statement on the map."""

    first: int  # line of the file
    last: int  # the last line; of a compound statement, of what it evaluates before its body
    text: str  # on one line
    has_code: bool  # whether the compiler made any code of it
    conditions: tuple[str, ...]  # the tests of the `if` statements whose bodies it stands in, outermost first


@dataclass(frozen=True, slots=True)
class Region:
    """A function on the map; the one defined inside it belongs to it."""

    name: str  # "_call_impl"
    first: int
    last: int
    places: tuple[Place, ...]  # in the order of their lines


Reached = Mapping[int, int]  # first line of a statement → index of the first step that executed it


@cache
def regions() -> tuple[Region, ...]:
    """The functions that `Module.__call__` consists of; those that the installed torch does not have are left out."""
    return tuple(_region(name) for name in FUNCTIONS if hasattr(nn.Module, name))


@cache
def places() -> Mapping[int, Place]:
    """Every statement of the map, by its first line."""
    return {place.first: place for region in regions() for place in region.places}


def reached(observation: Observation) -> Reached:
    """The statements of the map that a run executed, each with the step at which it did so first."""
    trace, known = observation.trace, places()
    ours = {frame.index for frame in trace.frames if frame.file == MODULE_FILE}
    found: dict[int, int] = {}
    for step in trace.steps:
        if step.kind == "statement" and step.frame in ours and step.line in known:
            found.setdefault(step.line, step.index)
    return found


def why_not(place: Place) -> str:
    """Why nothing executes a statement, in one or two sentences."""
    if not place.has_code:
        return NO_CODE
    return COMPILERS_ONLY if any("is_compiling" in condition for condition in place.conditions) else UNKNOWN


def _region(name: str) -> Region:
    code: CodeType = getattr(nn.Module, name).__code__
    first, last = function_span(code)
    statements, lines, conditions = read(MODULE_FILE).statements, _lines_with_code(code), _conditions((first, last))
    spans = {
        (statements[line].first, statements[line].last) for line in range(first + 1, last + 1) if line in statements
    }
    found = [
        Place(
            first=span[0],
            last=span[1],
            text=statement_text(MODULE_FILE, span),
            has_code=not lines.isdisjoint(range(span[0], span[1] + 1)),
            conditions=conditions.get(span[0], ()),
        )
        for span in sorted(spans)
    ]
    return Region(name, first, last, tuple(found))


def _lines_with_code(code: CodeType) -> set[int]:
    """The lines that the compiler made code of, in a function and in those defined inside it."""
    found = {line for _, _, line in code.co_lines() if line}
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            found |= _lines_with_code(constant)
    return found


@cache
def _conditions(span: Span) -> Mapping[int, tuple[str, ...]]:
    """First line of a statement → the tests that must hold for it to run, within a function's lines."""
    tree = ast.parse("".join(linecache.getlines(MODULE_FILE)))
    functions = (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef) and node.lineno == span[0])
    return {line: tests for function in functions for line, tests in _guarded(function.body, ())}


def _guarded(body: list[ast.stmt], tests: tuple[str, ...]) -> Iterator[tuple[int, tuple[str, ...]]]:
    for node in body:
        yield node.lineno, tests
        inner = (*tests, ast.unparse(node.test)) if isinstance(node, ast.If) else tests
        yield from _guarded(getattr(node, "body", []), inner)
        for name in ("orelse", "finalbody"):
            yield from _guarded(getattr(node, name, []), tests)
        for handler in getattr(node, "handlers", []):
            yield handler.lineno, tests
            yield from _guarded(handler.body, tests)
