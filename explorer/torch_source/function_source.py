"""The syntax tree of one function: the statement at a line, what stands around it, and what a call passes."""

from __future__ import annotations

import ast
import linecache
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache

from explorer.torch_source.headers import evaluated, header
from explorer.torch_source.statements import FileVersion, file_version
from explorer.torch_source.syntax import name_of

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef
LEAVES = (ast.Return, ast.Raise, ast.Continue, ast.Break)


@dataclass(frozen=True, slots=True)
class Branch:
    """One side of an `if` or of a conditional expression."""

    test: ast.expr
    in_body: bool  # whether it is the side that runs where the test is true


class FunctionSource:
    """The source of one function, with line numbers of its file."""

    def __init__(self, node: FunctionNode) -> None:
        self.node = node
        self._parents = {child: parent for parent in ast.walk(node) for child in ast.iter_child_nodes(parent)}
        self._assigned: dict[ast.AST, frozenset[str]] = {}
        self._at_line: dict[int, list[ast.stmt]] = {}
        for each in ast.walk(node):  # breadth first, so that inner ones come later
            if isinstance(each, ast.stmt) and each is not node:
                first, last = header(each)
                for line in range(first, last + 1):
                    self._at_line.setdefault(line, []).append(each)

    def statement_at(self, line: int) -> ast.stmt | None:
        """Return the innermost statement that a line belongs to; None for the `def` line."""
        found = self.statements_at(line)
        return found[-1] if found else None

    def statements_at(self, line: int) -> list[ast.stmt]:
        """Return the statements that a line belongs to, the innermost last: `if x: return` is two."""
        return self._at_line.get(line, [])

    def has_if(self, line: int) -> bool:
        """Return whether one of the statements that a line belongs to is an `if`."""
        return any(isinstance(each, ast.If) for each in self.statements_at(line))

    def branches_around(self, node: ast.AST) -> Iterator[Branch]:
        """Yield the sides of the `if`s that a node stands in, innermost first."""
        while node is not self.node:
            parent = self._parents[node]
            if isinstance(parent, ast.If | ast.IfExp) and node is not parent.test:
                body = parent.body if isinstance(parent.body, list) else [parent.body]
                yield Branch(parent.test, node in body)
            node = parent

    def assigns(self, node: ast.AST, names: set[str]) -> bool:
        """Return whether a statement may give one of these names another value."""
        if node not in self._assigned:
            named = [inner for inner in ast.walk(node) if isinstance(inner, ast.Name)]
            self._assigned[node] = frozenset(each.id for each in named if isinstance(each.ctx, ast.Store))
        return not self._assigned[node].isdisjoint(names)

    @cached_property
    def stored_names(self) -> frozenset[str]:
        """The names to which its statements may give a value."""
        named = [inner for inner in ast.walk(self.node) if isinstance(inner, ast.Name)]
        return frozenset(each.id for each in named if isinstance(each.ctx, ast.Store))

    def stands_in(self, inner: ast.AST, outer: ast.AST) -> bool:
        """Return whether a node is a part of another one, or that one itself."""
        while inner is not outer and inner is not self.node:
            inner = self._parents[inner]
        return inner is outer

    def mentions(self, line: int, attribute: str) -> bool:
        """Return whether the statements at a line mention an attribute of this name."""
        parts = [part for statement in self.statements_at(line) for part in evaluated(statement)]
        nodes = [node for part in parts for node in ast.walk(part)]
        return any(isinstance(node, ast.Attribute) and node.attr == attribute for node in nodes)

    @cached_property
    def shared_names(self) -> set[str]:
        """The names that other code than this function's own statements may read: global ones, closures."""
        found: set[str] = set()
        for inner in ast.walk(self.node):
            if isinstance(inner, ast.Global | ast.Nonlocal):
                found.update(inner.names)
            elif isinstance(inner, (*FUNCTIONS, ast.Lambda, ast.ClassDef)) and inner is not self.node:
                found |= {each.id for each in ast.walk(inner) if isinstance(each, ast.Name)}
        return found

    @property
    def parameters(self) -> tuple[str, ...]:
        """The names of its parameters."""
        every = self.node.args
        return tuple(each.arg for each in (*every.posonlyargs, *every.args, *every.kwonlyargs))


FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


def function_source(file: str, first: int, last: int) -> FunctionSource | None:
    """Return the source of the function between two lines; None where it does not read as one function."""
    return _read(file, first, last, file_version(file))


@lru_cache(maxsize=512)
def _read(file: str, first: int, last: int, version: FileVersion) -> FunctionSource | None:
    lines = linecache.getlines(file)[first - 1 : last]
    try:
        (node,) = ast.parse(textwrap.dedent("".join(lines))).body
    except (SyntaxError, ValueError):
        return None
    if not isinstance(node, FUNCTIONS):
        return None
    ast.increment_lineno(node, first - 1)
    return FunctionSource(node)


def argument_of(call: ast.Call, name: str, position: int | None) -> ast.expr | None:
    """Return what a call passes for a parameter. position: its place among what is passed by position; None
    for a keyword-only one.

    Returns None where the call does not pass it. Raises LookupError where the text does not say, as with `*args`.
    """
    given = {keyword.arg: keyword.value for keyword in call.keywords}
    if name in given:
        return given[name]
    spread = [index for index, each in enumerate(call.args) if isinstance(each, ast.Starred)]
    if position is not None and position < len(call.args) and not any(index <= position for index in spread):
        return call.args[position]
    if None in given or spread:
        raise LookupError(name)
    return None


def calls_in(statement: ast.stmt, name: str) -> list[ast.Call]:
    """Return the calls of something of this name in what a statement evaluates before its body.

    Where there is none, and one call alone stands in it, that one: it calls the thing by another name. Or the one call
    of what has no name, as in `getattr(F, name)(x)`.
    """
    calls = [inner for node in evaluated(statement) for inner in ast.walk(node) if isinstance(inner, ast.Call)]
    named = [call for call in calls if name_of(call.func) == name]
    unnamed = [call for call in calls if not name_of(call.func)]
    return named or (calls if len(calls) == 1 else unnamed if len(unnamed) == 1 else [])


def leaves(body: list[ast.stmt]) -> bool:
    """Return whether a body may leave the function or the loop that it stands in."""
    return any(isinstance(inner, LEAVES) for each in body for inner in ast.walk(each))


def is_negated(node: ast.AST, within: ast.expr) -> bool:
    """Return whether a part of a test stands below an odd number of `not`s."""
    count = sum(
        isinstance(each, ast.UnaryOp) and isinstance(each.op, ast.Not) and node in ast.walk(each.operand)
        for each in ast.walk(within)
    )
    return count % 2 == 1
