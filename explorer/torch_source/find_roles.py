"""Find the role of each statement of `Module.__call__` in the syntax tree of torch's source.

A rule looks at the shape of one statement, its phase and the statements around it. What a rule does not know for
certain has no role, so another torch brings statements without a role, never one with a wrong role.
"""

from __future__ import annotations

import ast
import linecache
from collections.abc import Callable, Mapping
from functools import lru_cache
from types import MappingProxyType

from explorer.torch_source import backward_hook_rules, call_rules, hook_rules
from explorer.torch_source.files import MODULE_FILE
from explorer.torch_source.headers import header
from explorer.torch_source.phases import Phase, call_path_functions, label
from explorer.torch_source.roles import StatementRole
from explorer.torch_source.surroundings import StatementNode, Surroundings, with_surroundings

METHODS = ("_wrapped_call_impl", "_call_impl", "_slow_forward")

_RULES: Mapping[Phase, Callable[[StatementNode, Surroundings], StatementRole | None]] = MappingProxyType(
    {
        "compiled?": call_rules.compiled,
        "tracing?": call_rules.tracing,
        "any hook?": call_rules.any_hook,
        "forward": call_rules.forward,
        "backward set-up": backward_hook_rules.set_up,
        "pre-hooks": hook_rules.pre_hooks,
        "hooks": hook_rules.hooks,
        "backward wiring": backward_hook_rules.wiring,
        "return": call_rules.returns,
        "exception": hook_rules.exception,
    }
)


@lru_cache(maxsize=1)
def roles() -> Mapping[int, StatementRole]:
    """Return the role of each statement of torch's installed `Module.__call__`, by the statement's first line."""
    return roles_of("".join(linecache.getlines(MODULE_FILE)))


def roles_of(source: str) -> Mapping[int, StatementRole]:
    """Return the same for a source that defines a class `Module`; empty where it defines none."""
    return {header(node)[0]: role for node, role in find_roles(call_path_functions(ast.parse(source))).items()}


def find_roles(functions: Mapping[str, ast.FunctionDef]) -> Mapping[StatementNode, StatementRole]:
    """Return the role of each statement of the call path that has one.

    functions: the methods of `Module`, by name.
    """
    phases = label(functions)
    found: dict[StatementNode, StatementRole] = {}
    for method in (functions[name] for name in METHODS if name in functions):
        for node, around in with_surroundings(method.body):
            role = _role(node, Surroundings(method, around, phases.get(node)))
            if role is not None:
                found[node] = role
    return found


def _role(node: StatementNode, at: Surroundings) -> StatementRole | None:
    if isinstance(node, ast.Nonlocal):
        return StatementRole.DECLARATION
    if at.phase == "tracing?" and at.method.name == "_slow_forward":
        return call_rules.slow_forward(node, at)
    rule = _RULES.get(at.phase) if at.phase is not None else None
    return rule(node, at) if rule is not None else None
