"""Statements, functions and calls of a file, read from its syntax tree."""

from __future__ import annotations

import ast
import linecache
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from types import CodeType
from typing import Literal

from explorer.torch_source.callee_paths import CalleePath, callee_path
from explorer.torch_source.headers import Span, decorated_on_one_line, evaluated, header

CallPosition = tuple[int, int, int, int]  # of an expression: first line, column, last line, column (in bytes)
# Of a file's text: its size in bytes and the time it was written; None where there is no text.
FileVersion = tuple[int, float | None] | None


# "for" with `async` or without; "del" of names alone; "other" too where several simple statements share a line.
StatementKind = Literal["if", "for", "del", "raise", "other"]


# Names by which an attribute of an object, or what is registered in a module, is reached past `__setattr__`.
_PAST_SETATTR = frozenset(
    {"__dict__", "vars", "__setattr__", "__delattr__", "_parameters", "_buffers", "_modules", "__class__"}
)


@dataclass(frozen=True, slots=True, eq=False)
class Statement:
    """A simple statement, or what a compound one evaluates before its body. Compared by identity."""

    first: int
    last: int
    binds: tuple[str, ...] | None  # the names it may bind, in the order of the text; None where that is not known
    mentions: frozenset[str]  # all names in it
    sets_requires_grad: bool  # whether it may set a tensor's `requires_grad`, which is no operation
    kind: StatementKind
    calls_has_torch_function: bool  # whether it asks if a tensor's class or a mode overrides torch's function
    may_set_unseen: bool  # whether it may set an attribute past `__setattr__`, as `vars(model)["p"] = 1` does


@dataclass(frozen=True, slots=True)
class ParsedFile:
    """What the syntax tree of one file says about its lines."""

    statements: Mapping[int, Statement]  # line → the innermost statement it belongs to
    functions: Mapping[tuple[str, int], Span]  # (name, first line, decorators included) → first and last line
    # First line of an `if` or a loop → first and last line of its body; none where the body is on its line.
    bodies: Mapping[int, Span]
    conditions: Mapping[int, str]  # first line of an `if` → its condition as it is spelled, where that is on one line
    handlers: Mapping[int, Span]  # first line of an `except` → first and last line of its body
    group_handlers: frozenset[int]  # first line of each `except*`, which may handle a part of an exception group
    callees: Mapping[CallPosition, tuple[str, ...]]  # a call expression → the names that lead to what it calls
    callee_paths: Mapping[CallPosition, CalleePath]  # the same of those that are not led to by names alone


def file_version(file: str) -> FileVersion:
    """Return which text of a file `linecache` has."""
    entry = linecache.cache.get(file)
    if entry is None or len(entry) == 1:  # not read yet, or known by a loader alone
        linecache.getlines(file)
        entry = linecache.cache.get(file)
    return (entry[0], entry[1]) if entry is not None and len(entry) > 1 else None


def parse_file(file: str) -> ParsedFile:
    """Return the statements and functions of a file; empty where there is no source or it does not parse."""
    return _parse(file, file_version(file))


@lru_cache(maxsize=512)
def _parse(file: str, known: FileVersion) -> ParsedFile:
    lines = linecache.getlines(file)
    try:
        tree = ast.parse("".join(lines))
    except (SyntaxError, ValueError):
        return ParsedFile({}, {}, {}, {}, {}, frozenset(), {}, {})
    statements: dict[int, Statement] = {}
    functions: dict[tuple[str, int], Span] = {}
    bodies: dict[int, Span] = {}
    conditions: dict[int, str] = {}
    handlers: dict[int, Span] = {}
    group_handlers: set[int] = set()
    on_one_line: list[Span] = []
    callees: dict[CallPosition, tuple[str, ...]] = {}
    callee_paths: dict[CallPosition, CalleePath] = {}
    for node in ast.walk(tree):  # breadth first, so an inner statement overwrites the one around it
        if isinstance(node, ast.stmt | ast.ExceptHandler | ast.match_case):
            statement = _statement(node, statements)
            for line in range(statement.first, statement.last + 1):
                statements[line] = statement
        if isinstance(node, ast.Call):
            names = _dotted(node.func)
            path = None if names[0] else callee_path(node.func)
            for position in call_positions(node):
                callees[position] = names
                if path is not None:
                    callee_paths[position] = path
        if isinstance(node, ast.If | ast.For | ast.While):
            head = node.iter if isinstance(node, ast.For) else node.test
            if node.body[0].lineno > (head.end_lineno or head.lineno):
                bodies[node.lineno] = _span(node.body)
        if isinstance(node, ast.If) and node.lineno == node.test.lineno == node.test.end_lineno:
            in_bytes = lines[node.lineno - 1].encode()
            conditions[node.lineno] = in_bytes[node.test.col_offset : node.test.end_col_offset].decode()
        if isinstance(node, ast.ExceptHandler):
            handlers[node.lineno] = _span(node.body)
        if isinstance(node, ast.TryStar):
            group_handlers.update(handler.lineno for handler in node.handlers)
        if (span := decorated_on_one_line(node, lines)) is not None:
            on_one_line.append(span)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
            functions[node.name, first] = (first, node.end_lineno or first)
    for first, last in on_one_line:
        joined = _joined([statements[line] for line in range(first, last + 1)], (first, last))
        statements.update(dict.fromkeys(range(first, last + 1), joined))
    return ParsedFile(
        statements, functions, bodies, conditions, handlers, frozenset(group_handlers), callees, callee_paths
    )


def _joined(parts: list[Statement], span: Span) -> Statement:
    """Return the statement that several are which share their lines."""
    binds = dict.fromkeys(name for part in parts for name in part.binds or ())
    return replace(
        parts[0],
        first=span[0],
        last=span[1],
        binds=tuple(binds),
        mentions=frozenset().union(*(part.mentions for part in parts)),
        sets_requires_grad=any(part.sets_requires_grad for part in parts),
        calls_has_torch_function=any(part.calls_has_torch_function for part in parts),
        may_set_unseen=any(part.may_set_unseen for part in parts),
    )


def _span(body: list[ast.stmt]) -> Span:
    return body[0].lineno, body[-1].end_lineno or body[-1].lineno


def function_span(code: CodeType) -> Span:
    """Return the first and last line of a code object's source."""
    span = parse_file(code.co_filename).functions.get((code.co_name, code.co_firstlineno))
    if span is not None:
        return span
    lines = [line for _, _, line in code.co_lines() if line]
    return code.co_firstlineno, max([code.co_firstlineno, *lines])


def statement_text(file: str, span: Span) -> str:
    """Return the source of a statement on one line, without its indentation and comments' trailing space."""
    return " ".join(line.strip() for line in linecache.getlines(file)[span[0] - 1 : span[1]])


def call_positions(node: ast.Call) -> Iterator[CallPosition]:
    """Yield where the compiler says that a call is; a method call over several lines begins at the method's name."""
    last, end = node.end_lineno or node.lineno, node.end_col_offset or 0
    yield node.lineno, node.col_offset, last, end
    method = node.func
    if isinstance(method, ast.Attribute) and method.lineno != method.end_lineno:
        yield method.end_lineno or 0, (method.end_col_offset or 0) - len(method.attr.encode()), last, end


def _dotted(node: ast.expr) -> tuple[str, ...]:
    """Return ("F", "conv2d") for `F.conv2d`, ("", "view") for a method of an unnamed value, else ("", "")."""
    if isinstance(node, ast.Name):
        return (node.id,)
    if isinstance(node, ast.Attribute):
        owner = _dotted(node.value)
        return (*owner, node.attr) if owner[0] else ("", node.attr)
    return ("", "")


def _statement(node: ast.AST, before: Mapping[int, Statement]) -> Statement:
    """Return a statement with its names.

    Where it shares a line with others it has theirs too, for Python's trace tells the line alone.
    """
    first, last = header(node)
    nodes = [inner for part in evaluated(node) for inner in ast.walk(part)]
    named = [inner for inner in nodes if isinstance(inner, ast.Name)]
    mentions = {inner.id for inner in named}
    bound = [inner for inner in named if not isinstance(inner.ctx, ast.Load)]
    binds = dict.fromkeys(inner.id for inner in sorted(bound, key=lambda name: (name.lineno, name.col_offset)))
    sets_requires_grad = any(
        isinstance(inner, ast.Attribute) and inner.attr.startswith("requires_grad") for inner in nodes
    )
    calls_has_torch_function = any(
        isinstance(inner, ast.Call) and _dotted(inner.func)[-1].startswith("has_torch_function") for inner in nodes
    )
    may_set_unseen = any(
        getattr(inner, "attr", None) in _PAST_SETATTR or getattr(inner, "id", None) in _PAST_SETATTR for inner in nodes
    )
    kind = _kind_of(node)
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.ExceptHandler) and node.name:
        binds[node.name] = None
    elif isinstance(node, ast.Import | ast.ImportFrom):
        binds |= dict.fromkeys((alias.asname or alias.name).partition(".")[0] for alias in node.names)
    elif isinstance(node, ast.match_case):
        names = (getattr(inner, "name", None) or getattr(inner, "rest", None) for inner in ast.walk(node.pattern))
        binds |= dict.fromkeys(name for name in names if isinstance(name, str))
    others = list(dict.fromkeys(before[line] for line in range(first, last + 1) if line in before))
    for other in others:
        binds |= dict.fromkeys(other.binds or ())
        mentions |= other.mentions
        sets_requires_grad |= other.sets_requires_grad
        calls_has_torch_function |= other.calls_has_torch_function
        may_set_unseen |= other.may_set_unseen
    if others:  # the first is the one that the line begins with
        kind = others[0].kind if others[0].kind in ("if", "for") else "other"
    return Statement(
        first,
        last,
        tuple(binds),
        frozenset(mentions | binds.keys()),
        sets_requires_grad,
        kind,
        calls_has_torch_function,
        may_set_unseen,
    )


def _kind_of(node: ast.AST) -> StatementKind:
    if isinstance(node, ast.If):
        return "if"
    if isinstance(node, ast.Raise):
        return "raise"
    if isinstance(node, ast.For | ast.AsyncFor):
        return "for"
    names_alone = isinstance(node, ast.Delete) and all(isinstance(target, ast.Name) for target in node.targets)
    return "del" if names_alone else "other"
