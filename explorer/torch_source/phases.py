"""The phases of `Module.__call__`, read from the syntax tree of the source that is installed.

Nothing here knows a line number of torch. A shape of `Module._call_impl` that is not recognised leaves its
statements without a phase. `roles.py` says what each single statement does.
"""

from __future__ import annotations

import ast
import linecache
from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Literal, get_args

from explorer.torch_source.files import MODULE_FILE
from explorer.torch_source.headers import header
from explorer.torch_source.syntax import (
    assigned_name,
    called_method,
    is_empty_value,
    names_in,
    registries_in,
    statements_in,
)

# In the order of a call; "backward" is what autograd runs after it.
Phase = Literal[
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
]
PHASES: tuple[Phase, ...] = get_args(Phase)

# The registries of hooks, each of a module and, with "_global" before its name, of the process; and the phase that a
# check of one of them begins.
REGISTRY_PHASES: Mapping[str, Phase] = MappingProxyType(
    {
        "_forward_pre_hooks": "pre-hooks",
        "_forward_hooks": "hooks",
        "_backward_hooks": "backward set-up",
        "_backward_pre_hooks": "backward set-up",
    }
)

# Those that `_call_impl` checks to see whether there is any hook.
CHECKED_HOOK_REGISTRIES = frozenset(prefix + name for name in REGISTRY_PHASES for prefix in ("", "_global"))

# The functions that `Module.__call__` consists of, by qualified name.
CALL_PATH = (
    "Module._wrapped_call_impl",
    "Module._call_impl",
    "Module._call_impl.<locals>.inner",
    "Module._slow_forward",
)

Labels = dict[ast.stmt | ast.ExceptHandler, Phase]


@lru_cache(maxsize=1)
def phases() -> Mapping[int, Phase]:
    """Return the phase of each statement of torch's installed `Module.__call__`, by the statement's first line."""
    return phases_of("".join(linecache.getlines(MODULE_FILE)))


def phases_of(source: str) -> Mapping[int, Phase]:
    """Return the same for a source that defines a class `Module`; empty where it defines none."""
    return {header(node)[0]: phase for node, phase in label(call_path_functions(ast.parse(source))).items()}


def call_path_functions(tree: ast.Module) -> Mapping[str, ast.FunctionDef]:
    """Return the methods of the class `Module` in a file's tree, by name."""
    owners = (node for node in tree.body if isinstance(node, ast.ClassDef) and node.name == "Module")
    return {node.name: node for owner in owners for node in owner.body if isinstance(node, ast.FunctionDef)}


def label(functions: Mapping[str, ast.FunctionDef]) -> Labels:
    """Return the phase of each statement of the call path that has one.

    functions: the methods of `Module`, by name.
    """
    found: Labels = {}
    for name, function in functions.items():
        if name == "_wrapped_call_impl":
            found.update(dict.fromkeys(statements_in(function.body), "compiled?"))
        elif name == "_slow_forward":
            for inner in statements_in(function.body):
                calls_forward = isinstance(inner, ast.Return | ast.Assign) and called_method(inner.value) == "forward"
                found[inner] = "forward" if calls_forward else "tracing?"
        elif name == "_call_impl":
            _label(function.body, None, found)
    return found


def _label(body: list[ast.stmt], around: Phase | None, found: Labels) -> None:
    """Give each statement of `_call_impl` or `inner` its phase, and none to a statement that does not show one.

    around: the phase of the statement that they stand in.
    """
    nested = {node.name for node in body if isinstance(node, ast.FunctionDef)}
    for node in body:
        # The function defined here is the path with hooks: to define, guard and call it belongs to the decision.
        about_nested = isinstance(node, ast.FunctionDef) or bool(nested & names_in(node))
        phase = "any hook?" if about_nested else _phase_of(node) or around
        if phase is None:
            continue
        found[node] = phase
        if isinstance(node, ast.FunctionDef):
            _label(node.body, None, found)
        elif isinstance(node, ast.Try):
            _label(node.body, phase, found)
            for handler in node.handlers:
                found[handler] = "exception"
                found.update(dict.fromkeys(statements_in(handler.body), "exception"))
        elif phase == "any hook?" and isinstance(node, ast.If):
            _label(node.body, phase if about_nested else None, found)
        else:
            found.update(dict.fromkeys(statements_in([node]), phase))


def _phase_of(node: ast.stmt) -> Phase | None:
    """Return the phase that a top-level statement of `_call_impl` or `inner` begins, by the names that it uses."""
    if isinstance(node, ast.FunctionDef | ast.Try):
        return None
    if isinstance(node, ast.If):
        return _phase_of_check(node.test)
    names = names_in(node)
    if "_get_tracing_state" in names:
        return "tracing?"
    if any(isinstance(inner, ast.Call) and names_in(inner.func) == {"forward_call"} for inner in ast.walk(node)):
        return "forward"
    if isinstance(node, ast.Assign):
        if assigned_name(node) in ("result", "called_always_called_hooks") and is_empty_value(node.value):
            return "any hook?"  # what the path with hooks keeps its state in
        if names & {"full_backward_hooks", "backward_pre_hooks", "bw_hook"}:
            return "backward set-up"
    if isinstance(node, ast.Return) and isinstance(node.value, ast.Name):
        return "return"
    return None


def _phase_of_check(test: ast.expr) -> Phase | None:
    """Return the phase that an `if` begins, by what it asks about."""
    names = names_in(test)
    registries = {name.removeprefix("_global") for name in registries_in(test)}
    if len(registries) > 1:
        return "any hook?" if registries == REGISTRY_PHASES.keys() else None
    if registries:
        return REGISTRY_PHASES.get(registries.pop())
    if names & {"full_backward_hooks", "backward_pre_hooks"}:
        return "backward set-up"
    if names & {"bw_hook", "non_full_backward_hooks"}:
        return "backward wiring"
    return None
