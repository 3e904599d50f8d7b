"""Statements and phases, read from the syntax tree of the source that is installed.

Nothing here knows a line number of torch. A shape of `Module._call_impl` that is not recognised leaves its
statements without a phase.
"""

from __future__ import annotations

import ast
import linecache
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import CodeType

from torch.nn.modules import module as module_source

PHASES = (
    "lookup",
    "compiled?",
    "tracing?",
    "any hook?",
    "pre-hooks",
    "backward set-up",
    "forward",
    "hooks",
    "backward wiring",
    "return",
    "exception",
    "backward",
)

# The registries of hooks that a module and the process have, and what a check of one alone begins.
_REGISTRY_PHASES = {
    "_forward_pre_hooks": "pre-hooks",
    "_forward_hooks": "hooks",
    "_backward_hooks": "backward set-up",
    "_backward_pre_hooks": "backward set-up",
}
_REGISTRIES = set(_REGISTRY_PHASES)

# The functions that `Module.__call__` consists of, by qualified name.
CALL_PATH = (
    "Module._wrapped_call_impl",
    "Module._call_impl",
    "Module._call_impl.<locals>.inner",
    "Module._slow_forward",
)

MODULE_FILE: str = str(module_source.__file__)

Place = tuple[int, int, int, int]  # of an expression: first line, column, last line, column (in bytes)
Version = tuple[int, float | None] | None  # of a file's text: its size and time; None where there is none
Span = tuple[int, int]  # first and last line of a statement, or of a compound statement's header


@dataclass(frozen=True, slots=True, eq=False)
class Statement:
    """A simple statement, or what a compound one evaluates before its body. Compared by identity."""

    first: int
    last: int
    binds: tuple[str, ...] | None  # the names it may bind, in the order of the text; None where that is not known
    mentions: frozenset[str]  # all names in it
    marks: bool  # whether it may change what a tensor requires, which no operation tells of


@dataclass(frozen=True, slots=True)
class Source:
    """What the syntax tree of one file says about its lines."""

    statements: Mapping[int, Statement]  # line → the innermost statement it belongs to
    functions: Mapping[tuple[str, int], Span]  # (name, first line, decorators included) → first and last line
    bodies: Mapping[int, Span]  # first line of an `if` or a loop → first and last line of what runs where it holds
    callees: Mapping[Place, tuple[str, ...]]  # place of a call expression → the names that lead to what it calls


def version(file: str) -> Version:
    """Which text of a file `linecache` has."""
    entry = linecache.cache.get(file)
    if entry is None or len(entry) == 1:  # not there yet, or only what would find it
        linecache.getlines(file)
        entry = linecache.cache.get(file)
    return (entry[0], entry[1]) if entry is not None and len(entry) > 1 else None


def read(file: str) -> Source:
    """The statements and functions of a file; empty where there is no source or it does not parse."""
    return _parsed(file, version(file))


@lru_cache(maxsize=512)
def _parsed(file: str, known: Version) -> Source:
    try:
        tree = ast.parse("".join(linecache.getlines(file)))
    except (SyntaxError, ValueError):
        return Source({}, {}, {}, {})
    statements: dict[int, Statement] = {}
    functions: dict[tuple[str, int], Span] = {}
    bodies: dict[int, Span] = {}
    callees: dict[Place, tuple[str, ...]] = {}
    for node in ast.walk(tree):  # breadth first, so an inner statement overwrites the one around it
        if isinstance(node, ast.stmt | ast.ExceptHandler | ast.match_case):
            statement = _statement(node, statements)
            for line in range(statement.first, statement.last + 1):
                statements[line] = statement
        if isinstance(node, ast.Call):
            for place in _places(node):
                callees[place] = _dotted(node.func)
        if isinstance(node, ast.If | ast.For | ast.While):
            bodies[node.lineno] = (node.body[0].lineno, node.body[-1].end_lineno or node.body[-1].lineno)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
            functions[node.name, first] = (first, node.end_lineno or first)
    return Source(statements, functions, bodies, callees)


def function_span(code: CodeType) -> Span:
    """First and last line of a code object's source."""
    span = read(code.co_filename).functions.get((code.co_name, code.co_firstlineno))
    if span is not None:
        return span
    lines = [line for _, _, line in code.co_lines() if line]
    return code.co_firstlineno, max([code.co_firstlineno, *lines])


def statement_text(file: str, span: Span) -> str:
    """The source of a statement on one line, without its indentation and comments' trailing space."""
    return " ".join(line.strip() for line in linecache.getlines(file)[span[0] - 1 : span[1]])


@lru_cache(maxsize=1)
def phases() -> Mapping[int, str]:
    """First line of a statement of torch's installed `module.py` → its phase of `Module.__call__`."""
    return phases_of("".join(linecache.getlines(MODULE_FILE)))


def phases_of(source: str) -> Mapping[int, str]:
    """First line of a statement → phase, for a source that defines a class `Module` with a `__call__`."""
    found: dict[int, str] = {}
    for node in ast.parse(source).body:
        if isinstance(node, ast.ClassDef) and node.name == "Module":
            for function in node.body:
                if not isinstance(function, ast.FunctionDef):
                    continue
                if function.name == "_wrapped_call_impl":
                    found.update((_header(inner)[0], "compiled?") for inner in _statements(function.body))
                elif function.name == "_slow_forward":
                    for inner in _statements(function.body):
                        calls_forward = isinstance(inner, ast.Return | ast.Assign) and _calls(inner, "forward")
                        found[_header(inner)[0]] = "forward" if calls_forward else "tracing?"
                elif function.name == "_call_impl":
                    _label(function.body, None, found)
    return found


def _label(body: list[ast.stmt], before: str | None, found: dict[int, str]) -> None:
    """Give each statement of `_call_impl` or `inner` its phase, and none to one without a sign."""
    nested = {node.name for node in body if isinstance(node, ast.FunctionDef)}
    for node in body:
        # The function defined here is the way with hooks: defining, guarding and calling it belong to the decision.
        about = isinstance(node, ast.FunctionDef) or bool(nested & _names(node))
        phase = "any hook?" if about else _phase_of(node) or before
        if phase is None:
            continue
        found[_header(node)[0]] = phase
        if isinstance(node, ast.FunctionDef):
            _label(node.body, None, found)
        elif isinstance(node, ast.Try):
            _label(node.body, phase, found)
            for handler in node.handlers:
                found[handler.lineno] = "exception"
                found.update((_header(inner)[0], "exception") for inner in _statements(handler.body))
        elif phase == "any hook?" and isinstance(node, ast.If):
            _label(node.body, phase if about else None, found)
        else:
            found.update((_header(inner)[0], phase or "") for inner in _statements([node]))


def _phase_of(node: ast.stmt) -> str | None:
    """The phase that a top-level statement of `_call_impl` or `inner` begins, by the names it uses."""
    if isinstance(node, ast.FunctionDef | ast.Try):
        return None
    decides = _names(node.test) if isinstance(node, ast.If) else _names(node)
    if isinstance(node, ast.If):
        registries = {name.removeprefix("_global") for name in decides if re.fullmatch(r"_\w+_hooks", name)}
        if len(registries) > 1:
            return "any hook?" if registries == _REGISTRIES else None
        if registries:
            return _REGISTRY_PHASES.get(registries.pop())
        if decides & {"full_backward_hooks", "backward_pre_hooks"}:
            return "backward set-up"
        if decides & {"bw_hook", "non_full_backward_hooks"}:
            return "backward wiring"
        return None
    if "_get_tracing_state" in decides:
        return "tracing?"
    if any(isinstance(inner, ast.Call) and _names(inner.func) == {"forward_call"} for inner in ast.walk(node)):
        return "forward"
    starts = isinstance(node, ast.Assign) and _names(node.value) <= {"set"}
    if starts and _assigned(node) in ("result", "called_always_called_hooks"):
        return "any hook?"  # what the way with hooks keeps its state in
    if isinstance(node, ast.Assign) and decides & {"full_backward_hooks", "backward_pre_hooks", "bw_hook"}:
        return "backward set-up"
    if isinstance(node, ast.Return) and isinstance(node.value, ast.Name):
        return "return"
    return None


def _assigned(node: ast.stmt) -> str:
    target = node.targets[0] if isinstance(node, ast.Assign) else None
    return target.id if isinstance(target, ast.Name) else ""


def _calls(node: ast.AST, method: str) -> bool:
    """Whether a subtree calls something by this attribute name."""
    calls = (inner.func for inner in ast.walk(node) if isinstance(inner, ast.Call))
    return any(isinstance(function, ast.Attribute) and function.attr == method for function in calls)


def _names(node: ast.AST) -> set[str]:
    """All variable and attribute names in a subtree."""
    found = {inner.id for inner in ast.walk(node) if isinstance(inner, ast.Name)}
    return found | {inner.attr for inner in ast.walk(node) if isinstance(inner, ast.Attribute)}


def _statements(body: list[ast.stmt]) -> Iterator[ast.stmt | ast.ExceptHandler]:
    for node in body:
        for inner in ast.walk(node):
            if isinstance(inner, ast.stmt | ast.ExceptHandler):
                yield inner


def _places(node: ast.Call) -> Iterator[Place]:
    """Where the compiler says that a call is; a method call over several lines begins at the method's name."""
    last, end = node.end_lineno or node.lineno, node.end_col_offset or 0
    yield node.lineno, node.col_offset, last, end
    method = node.func
    if isinstance(method, ast.Attribute) and method.lineno != method.end_lineno:
        yield method.end_lineno or 0, (method.end_col_offset or 0) - len(method.attr.encode()), last, end


def _dotted(node: ast.expr) -> tuple[str, ...]:
    """("F", "conv2d") for `F.conv2d`; ("", "view") for a method of an unnamed value; ("", "") for anything else."""
    if isinstance(node, ast.Name):
        return (node.id,)
    if isinstance(node, ast.Attribute):
        owner = _dotted(node.value)
        return (*owner, node.attr) if owner[0] else ("", node.attr)
    return ("", "")


def _statement(node: ast.AST, before: Mapping[int, Statement]) -> Statement:
    """A statement with its names; where it shares a line with others, with theirs, for one event may mean them all."""
    first, last = _header(node)
    parts = _evaluated(node)
    named = [inner for part in parts for inner in ast.walk(part) if isinstance(inner, ast.Name)]
    mentions = {inner.id for inner in named}
    bound = [inner for inner in named if not isinstance(inner.ctx, ast.Load)]
    binds = dict.fromkeys(inner.id for inner in sorted(bound, key=lambda name: (name.lineno, name.col_offset)))
    marks = any(
        isinstance(inner, ast.Attribute) and inner.attr.startswith("requires_grad")
        for part in parts
        for inner in ast.walk(part)
    )
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.ExceptHandler) and node.name:
        binds[node.name] = None
    elif isinstance(node, ast.Import | ast.ImportFrom):
        binds |= dict.fromkeys((alias.asname or alias.name).partition(".")[0] for alias in node.names)
    elif isinstance(node, ast.match_case):
        names = (getattr(inner, "name", None) or getattr(inner, "rest", None) for inner in ast.walk(node.pattern))
        binds |= dict.fromkeys(name for name in names if isinstance(name, str))
    for shared in dict.fromkeys(before[line] for line in range(first, last + 1) if line in before):
        binds |= dict.fromkeys(shared.binds or ())
        mentions |= shared.mentions
        marks |= shared.marks
    return Statement(first, last, tuple(binds), frozenset(mentions | binds.keys()), marks)


def _evaluated(node: ast.AST) -> list[ast.AST]:
    """The parts of a statement that run as the statement itself, without the bodies inside it."""
    inner = {"body", "orelse", "finalbody", "handlers", "cases"}
    if isinstance(node, ast.Lambda):
        return []
    return [
        part
        for name, value in ast.iter_fields(node)
        if name not in inner
        for part in (value if isinstance(value, list) else [value])
        if isinstance(part, ast.AST)
    ]


def _header(node: ast.AST) -> Span:
    """First and last line of a simple statement, or of what a compound one evaluates before its body."""
    first = int(getattr(node, "lineno", 0))
    last = int(getattr(node, "end_lineno", first) or first)
    if isinstance(node, ast.match_case):
        first, last = node.pattern.lineno, (node.guard or node.pattern).end_lineno or node.pattern.lineno
    elif isinstance(node, ast.If | ast.While):
        last = node.test.end_lineno or first
    elif isinstance(node, ast.For | ast.AsyncFor):
        last = node.iter.end_lineno or first
    elif isinstance(node, ast.With | ast.AsyncWith):
        last = max((item.optional_vars or item.context_expr).end_lineno or first for item in node.items)
    elif isinstance(node, ast.Match):
        last = node.subject.end_lineno or first
    elif isinstance(node, ast.ExceptHandler):
        last = (node.type.end_lineno or first) if node.type else first
    elif isinstance(node, ast.Try):
        last = first
    elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        first = min([first, *(decorator.lineno for decorator in node.decorator_list)])
        last = max(first, node.body[0].lineno - 1)
    return first, last
