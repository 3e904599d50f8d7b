"""Rules for the statements of `inner` that prepare what backward hooks need."""

from __future__ import annotations

import ast

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
    tested_class,
    truth_of,
)

# Locals of `inner`.
STATE = frozenset({"full_backward_hooks", "non_full_backward_hooks", "backward_pre_hooks", "bw_hook"})


def set_up(node: StatementNode, at: Surroundings) -> StatementRole | None:
    """Return the role of a statement that finds backward hooks and marks the arguments, before `forward`."""
    if isinstance(node, ast.If):
        tested_names = truth_of(node.test)
        if tested_names == {"full_backward_hooks", "backward_pre_hooks"}:
            return StatementRole.FULL_BACKWARD_HOOK_CHECK
        if tested_names == {"_backward_pre_hooks", "_global_backward_pre_hooks"}:
            return StatementRole.BACKWARD_PRE_HOOK_CHECK
        return (
            StatementRole.BACKWARD_HOOK_CHECK if tested_names == {"_backward_hooks", "_global_backward_hooks"} else None
        )
    if isinstance(node, ast.Assign):
        if is_empty_value(node.value):
            return StatementRole.BACKWARD_STATE if names_in(node.targets[0]) <= STATE else None
        return {
            "_get_backward_pre_hooks": StatementRole.BACKWARD_PRE_HOOKS_COLLECTED,
            "_get_backward_hooks": StatementRole.BACKWARD_HOOKS_COLLECTED,
            "BackwardHook": StatementRole.BACKWARD_HOOK_MADE,
            "setup_input_hook": StatementRole.ARGUMENTS_MARKED,
        }.get(called_name(node.value))
    return None


def wiring(node: StatementNode, at: Surroundings) -> StatementRole | None:
    """Return the role of a statement that marks the result and hangs up legacy hooks, after `forward`."""
    if isinstance(node, ast.If):
        tested_names = truth_of(node.test)
        if tested_names in ({"bw_hook"}, {"non_full_backward_hooks"}):
            return StatementRole.RESULT_MARK_CHECK if tested_names == {"bw_hook"} else StatementRole.LEGACY_HOOK_CHECK
        if tested_class(negated(node.test)) == "Tensor,tuple":
            return StatementRole.RESULT_KIND_CHECK
        if tested_class(node.test) == "dict" and at.stands_in(ast.While, "body"):
            return StatementRole.LEGACY_DICT_CHECK
        return StatementRole.GRAD_FN_CHECK if name_of(not_none(node.test)) == "grad_fn" else None
    if isinstance(node, ast.While):
        return StatementRole.LEGACY_TENSOR_LOOP if tested_class(negated(node.test)) == "Tensor" else None
    if isinstance(node, ast.For):
        return StatementRole.LEGACY_HOOK_LOOP if name_of(node.iter) == "non_full_backward_hooks" else None
    if isinstance(node, ast.Expr) and called_method(node.value) == "warn":
        texts = [each.value for each in ast.walk(node) if isinstance(each, ast.Constant)]
        return StatementRole.RESULT_KIND_WARNING if any("backward hooks" in str(text) for text in texts) else None
    if isinstance(node, ast.Expr):
        return {
            "register_hook": StatementRole.LEGACY_HOOK_HUNG,
            "_maybe_warn_non_full_backward_hook": StatementRole.LEGACY_HOOK_WARNING,
        }.get(called_method(node.value))
    if isinstance(node, ast.Assign):
        if called_method(node.value) == "setup_output_hook":
            return StatementRole.RESULT_MARKED
        if assigned_name(node) == "grad_fn" == name_of(node.value):
            return StatementRole.GRAD_FN_READ
        part = names_in(node.value) & {"var", "result"}
        return StatementRole.LEGACY_TENSOR_STEP if assigned_name(node) == "var" and part else None
    return None
