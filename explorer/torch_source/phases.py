"""The phases of `Module.__call__`, read from the syntax tree of the source that is installed.

Nothing here knows a line number of torch. A shape of `Module._call_impl` that is not recognised leaves its
statements without a phase.
"""

from __future__ import annotations

import ast
import linecache
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache

from explorer.torch_source.files import MODULE_FILE
from explorer.torch_source.statements import header

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
                    found.update((header(inner)[0], "compiled?") for inner in _statements(function.body))
                elif function.name == "_slow_forward":
                    for inner in _statements(function.body):
                        calls_forward = isinstance(inner, ast.Return | ast.Assign) and _calls(inner, "forward")
                        found[header(inner)[0]] = "forward" if calls_forward else "tracing?"
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
        found[header(node)[0]] = phase
        if isinstance(node, ast.FunctionDef):
            _label(node.body, None, found)
        elif isinstance(node, ast.Try):
            _label(node.body, phase, found)
            for handler in node.handlers:
                found[handler.lineno] = "exception"
                found.update((header(inner)[0], "exception") for inner in _statements(handler.body))
        elif phase == "any hook?" and isinstance(node, ast.If):
            _label(node.body, phase if about else None, found)
        else:
            found.update((header(inner)[0], phase or "") for inner in _statements([node]))


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
