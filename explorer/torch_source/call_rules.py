"""Rules for the statements that decide how `forward` is called: compiled, traced, with hooks or without."""

from __future__ import annotations

import ast

from explorer.torch_source.phases import CHECKED_HOOK_REGISTRIES
from explorer.torch_source.roles import StatementRole
from explorer.torch_source.surroundings import StatementNode, Surroundings
from explorer.torch_source.syntax import (
    assigned_name,
    called_method,
    called_name,
    is_empty_value,
    name_of,
    names_in,
    negated,
    not_none,
    registries_in,
    truth_of,
)


def slow_forward(node: StatementNode, at: Surroundings) -> StatementRole | None:
    """Return the role of a statement of `_slow_forward` that does not itself call `forward`."""
    if isinstance(node, ast.Assign):
        if called_name(node.value) == "_get_tracing_state":
            return StatementRole.TRACING_STATE_READ
        if name_of(not_none(node.value)) == "_trace_module_map":
            return StatementRole.SCOPES_DECIDED
        if called_name(node.value) == "get" and "_trace_module_map" in names_in(node.value):
            return StatementRole.SCOPE_NAME_READ
        if isinstance(node.value, ast.Constant) and node.value.value is False and "scope" in assigned_name(node):
            return StatementRole.SCOPES_GIVEN_UP
    elif isinstance(node, ast.If):
        if {"ScriptMethod", "isinstance", "forward"} <= names_in(node.test) and isinstance(node.body[0], ast.Return):
            return StatementRole.SCRIPT_CHECK
        tested_names = truth_of(node.test)
        if len(tested_names) == 1 and isinstance(node.test, ast.Name):
            if "scope" in node.test.id:
                return StatementRole.SCOPES_CHECK
            opens = isinstance(node.body[0], ast.Expr) and called_method(node.body[0].value) == "push_scope"
            return StatementRole.SCOPE_NAME_CHECK if opens else None
    elif isinstance(node, ast.Expr):
        return {"push_scope": StatementRole.SCOPE_OPENED, "pop_scope": StatementRole.SCOPE_CLOSED}.get(
            called_method(node.value)
        )
    elif isinstance(node, ast.Try):
        closes = {called_method(inner) for part in node.finalbody for inner in ast.walk(part)}
        return StatementRole.SCOPE_GUARD if "pop_scope" in closes else None
    elif isinstance(node, ast.Return) and name_of(node.value) == "result":
        return None if at.around else StatementRole.SLOW_FORWARD_RETURN
    return None


def compiled(node: StatementNode, at: Surroundings) -> StatementRole | None:
    """Return the role of a statement of `_wrapped_call_impl`."""
    if isinstance(node, ast.If) and name_of(not_none(node.test)) == "_compiled_call_impl":
        return StatementRole.COMPILED_CHECK
    if isinstance(node, ast.Return):
        called = called_method(node.value)
        return {"_compiled_call_impl": StatementRole.COMPILED_CALL, "_call_impl": StatementRole.CALL_PASSED_ON}.get(
            called
        )
    return None


def tracing(node: StatementNode, at: Surroundings) -> StatementRole | None:
    """Return the role of a statement of `_call_impl` that asks whether `torch.jit` is tracing."""
    if isinstance(node, ast.Assign) and isinstance(node.value, ast.IfExp):
        choice = node.value
        ways = name_of(choice.body), name_of(choice.orelse)
        if called_name(choice.test) == "_get_tracing_state" and ways == ("_slow_forward", "forward"):
            return StatementRole.FORWARD_CHOSEN
    return None


def any_hook(node: StatementNode, at: Surroundings) -> StatementRole | None:
    """Return the role of a statement that asks for hooks, or prepares the path with hooks."""
    if isinstance(node, ast.If):
        none_of = negated(node.test)
        if none_of is not None and truth_of(none_of) == CHECKED_HOOK_REGISTRIES:
            return StatementRole.ANY_HOOK_CHECK
        return StatementRole.COMPILING_CHECK if called_name(node.test) == "is_compiling" else None
    if isinstance(node, ast.FunctionDef):
        return StatementRole.INNER_DEFINED if registries_in(node) else None
    if isinstance(node, ast.Try):
        return (
            StatementRole.INNER_GUARD
            if any(at.calls_inner(each) for part in node.body for each in ast.walk(part))
            else None
        )
    if isinstance(node, ast.Assign) and is_empty_value(node.value):
        return None if at.around else StatementRole.HOOK_PATH_STATE
    if isinstance(node, ast.Return) and at.calls_inner(node.value):
        return StatementRole.INNER_CALL if at.stands_in(ast.Try, "body") else StatementRole.UNGUARDED_INNER_CALL
    return None


def forward(node: StatementNode, at: Surroundings) -> StatementRole | None:
    """Return the role of a statement that calls `forward`."""
    if not isinstance(node, ast.Return | ast.Assign) or called_name(node.value) not in ("forward", "forward_call"):
        return None
    if at.method.name == "_slow_forward":
        return StatementRole.SLOW_FORWARD_CALL
    if isinstance(node, ast.Return):
        return None if at.in_inner else StatementRole.FAST_FORWARD_CALL
    return StatementRole.FORWARD_CALL if at.in_inner and assigned_name(node) == "result" else None


def returns(node: StatementNode, at: Surroundings) -> StatementRole | None:
    """Return the role of a statement that hands the result back."""
    last = isinstance(at.parent, ast.FunctionDef) and node is at.parent.body[-1]
    return (
        StatementRole.RESULT_RETURNED
        if last and isinstance(node, ast.Return) and name_of(node.value) == "result"
        else None
    )
