"""Rules for the statements that call forward hooks and pre-hooks, before and after an exception too."""

from __future__ import annotations

import ast

from explorer.torch_source.roles import StatementRole
from explorer.torch_source.surroundings import StatementNode, Surroundings
from explorer.torch_source.syntax import (
    assigned_name,
    called_method,
    called_name,
    name_of,
    names_in,
    negated,
    not_none,
    registries_in,
    tested_class,
    tests_containers_ending_in,
    truth_of,
)


def pre_hooks(node: StatementNode, at: Surroundings) -> StatementRole | None:
    """Return the role of a statement about forward pre-hooks."""
    if at.loop is None:
        if isinstance(node, ast.If):
            is_check = truth_of(node.test) == {"_forward_pre_hooks", "_global_forward_pre_hooks"}
            return StatementRole.FORWARD_PRE_HOOK_CHECK if is_check else None
        return StatementRole.PRE_HOOK_LOOP if _goes_through(node, "_forward_pre_hooks") else None
    if isinstance(node, ast.If):
        return _pre_hook_check(node, at)
    if isinstance(node, ast.Raise):
        refuses = isinstance(at.parent, ast.If) and _tested_pair(at.parent.test) is not None
        return StatementRole.PRE_HOOK_REFUSED if refuses and at.around[-1][1] == "orelse" else None
    if not isinstance(node, ast.Assign):
        return None
    if at.calls_hook(node.value):
        return StatementRole.PRE_HOOK_CALL
    if at.is_hook_result(node.value):
        targets = tuple(name_of(each) for each in getattr(node.targets[0], "elts", node.targets))
        return {
            ("args",): StatementRole.ARGUMENTS_REPLACED,
            ("args", "kwargs"): StatementRole.ALL_ARGUMENTS_REPLACED,
        }.get(targets)
    if isinstance(node.value, ast.Tuple) and [name_of(each) for each in node.value.elts] == [assigned_name(node)]:
        return StatementRole.ARGUMENT_WRAPPED if at.is_hook_result(node.targets[0]) else None
    return None


def _pre_hook_check(node: ast.If, at: Surroundings) -> StatementRole | None:
    if tests_containers_ending_in(node.test, "_pre_hooks_with_kwargs"):
        return StatementRole.PRE_HOOK_KWARGS_CHECK
    returned = not_none(node.test)
    if at.is_hook_result(returned):
        if at.by_keyword():
            tests_pair = isinstance(node.body[0], ast.If) and _tested_pair(node.body[0].test) == name_of(returned)
            return StatementRole.KWARGS_PRE_HOOK_RETURN_CHECK if tests_pair else None
        return StatementRole.PRE_HOOK_RETURN_CHECK if _assigns(node, "args", returned) else None
    if at.by_keyword():
        return StatementRole.PAIR_CHECK if _tested_pair(node.test) is not None else None
    no_tuple = negated(node.test)
    tests_tuple = (
        isinstance(no_tuple, ast.Call) and tested_class(no_tuple) == "tuple" and at.is_hook_result(no_tuple.args[0])
    )
    return StatementRole.TUPLE_CHECK if tests_tuple else None


def hooks(node: StatementNode, at: Surroundings) -> StatementRole | None:
    """Return the role of a statement about forward hooks, where nothing raised."""
    if at.loop is None:
        if isinstance(node, ast.If):
            is_check = truth_of(node.test) == {"_forward_hooks", "_global_forward_hooks"}
            return StatementRole.FORWARD_HOOK_CHECK if is_check else None
        return StatementRole.FORWARD_HOOK_LOOP if _goes_through(node, "_forward_hooks") else None
    if isinstance(node, ast.If) and tests_containers_ending_in(node.test, "_always_called"):
        return StatementRole.ALWAYS_CALL_CHECK
    if isinstance(node, ast.Expr) and called_method(node.value) == "add":
        return StatementRole.ALWAYS_CALL_NOTED if any("always_called" in name for name in names_in(node)) else None
    return _one_hook(node, at, StatementRole.RESULT_REPLACED)


def exception(node: StatementNode, at: Surroundings) -> StatementRole | None:
    """Return the role of a statement that runs after an exception, on its way out of the call."""
    if at.loop is None:
        if isinstance(node, ast.ExceptHandler):
            tries = at.parent.body if isinstance(at.parent, ast.Try) else []
            guards = any(at.calls_inner(each) for part in tries for each in ast.walk(part))
            return StatementRole.EXCEPTION_CAUGHT if guards else None
        if isinstance(node, ast.Raise):
            return StatementRole.EXCEPTION_RAISED_AGAIN if node.exc is None else None
        if isinstance(node, ast.For):
            loops = {"_global_forward_hooks": StatementRole.GLOBAL_ALWAYS_CALLED_LOOP}
            loops["_forward_hooks"] = StatementRole.MODULE_ALWAYS_CALLED_LOOP
            return loops.get("".join(registries_in(node.iter)))
        return None
    if isinstance(node, ast.Try):
        return StatementRole.ALWAYS_CALLED_GUARD if _tries_hook(node, at) else None
    if isinstance(node, ast.ExceptHandler):
        warns = any(called_method(each) == "warn" for part in node.body for each in ast.walk(part))
        return StatementRole.HOOK_EXCEPTION_CAUGHT if warns and _tries_hook(at.parent, at) else None
    if isinstance(at.parent, ast.ExceptHandler):
        if isinstance(node, ast.Continue):
            return StatementRole.NEXT_ALWAYS_CALLED_HOOK
        warns = isinstance(node, ast.Expr) and called_method(node.value) == "warn" and at.parent.name in names_in(node)
        return StatementRole.HOOK_EXCEPTION_WARNING if warns else None
    if isinstance(node, ast.If) and isinstance(node.test, ast.BoolOp) and isinstance(node.test.op, ast.And):
        always_called, has_run = node.test.values[0], node.test.values[-1]
        not_yet = isinstance(has_run, ast.Compare) and isinstance(has_run.ops[0], ast.NotIn)
        return (
            StatementRole.ALWAYS_CALLED_CHECK
            if not_yet and tests_containers_ending_in(always_called, "_always_called")
            else None
        )
    return _one_hook(node, at, StatementRole.ALWAYS_CALLED_RESULT_REPLACED)


def _one_hook(node: StatementNode, at: Surroundings, replaced: StatementRole) -> StatementRole | None:
    """Return the role of a statement that calls a forward hook, or looks at what it returned."""
    if isinstance(node, ast.If):
        if tests_containers_ending_in(node.test, "_hooks_with_kwargs"):
            return StatementRole.FORWARD_HOOK_KWARGS_CHECK
        returned = not_none(node.test)
        replaces = at.is_hook_result(returned) and _assigns(node, "result", returned)
        return StatementRole.FORWARD_HOOK_RETURN_CHECK if replaces else None
    if isinstance(node, ast.Assign):
        if at.calls_hook(node.value):
            return StatementRole.FORWARD_HOOK_CALL
        return replaced if assigned_name(node) == "result" and at.is_hook_result(node.value) else None
    return None


def _goes_through(node: StatementNode, registry: str) -> bool:
    """Return whether a statement is a loop over the global hooks of a registry and then over the module's."""
    if not isinstance(node, ast.For) or not isinstance(node.iter, ast.Tuple):
        return False
    return [registries_in(each) for each in node.iter.elts] == [{f"_global{registry}"}, {registry}]


def _tested_pair(test: ast.expr) -> str | None:
    """Return "x" for `isinstance(x, tuple) and len(x) == 2`, and None for any other test."""
    if not isinstance(test, ast.BoolOp) or not isinstance(test.op, ast.And) or len(test.values) != 2:
        return None
    kind, length = test.values
    is_two = isinstance(length, ast.Compare) and isinstance(length.ops[0], ast.Eq) and called_name(length.left) == "len"
    return name_of(kind.args[0]) if isinstance(kind, ast.Call) and tested_class(kind) == "tuple" and is_two else None


def _assigns(check: ast.If, name: str, value: ast.expr | None) -> bool:
    """Return whether what an `if` guards ends with an assignment of that value to that name."""
    last = check.body[-1]
    return isinstance(last, ast.Assign) and assigned_name(last) == name and name_of(last.value) == name_of(value)


def _tries_hook(node: StatementNode | None, at: Surroundings) -> bool:
    """Return whether a statement is a `try` that calls a hook."""
    return isinstance(node, ast.Try) and any(at.calls_hook(each) for part in node.body for each in ast.walk(part))
