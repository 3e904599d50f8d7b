"""The role of each statement of torch's `Module.__call__`: what the statement is there for.

`find_roles.py` finds it. A statement of an unknown shape has no role.
"""

from __future__ import annotations

from enum import Enum, auto


class StatementRole(Enum):
    """What a statement of `_wrapped_call_impl`, `_call_impl`, its `inner`, or `_slow_forward` does.

    A check is an `if`, a guard is a `try`. The names follow the order in which the statements stand in torch's file.
    """

    # _slow_forward
    TRACING_STATE_READ = auto()
    SCRIPT_CHECK = auto()  # is there nothing to note: no tracer, or a `forward` that is a script itself
    SLOW_FORWARD_CALL = auto()
    SCOPES_DECIDED = auto()  # whether operations are noted under the name of their module
    SCOPES_CHECK = auto()
    SCOPE_NAME_READ = auto()
    SCOPE_NAME_CHECK = auto()
    SCOPE_OPENED = auto()
    SCOPES_GIVEN_UP = auto()
    SCOPE_GUARD = auto()
    SCOPE_CLOSED = auto()
    SLOW_FORWARD_RETURN = auto()

    # _wrapped_call_impl
    COMPILED_CHECK = auto()
    COMPILED_CALL = auto()
    CALL_PASSED_ON = auto()

    # _call_impl
    FORWARD_CHOSEN = auto()  # `forward`, or `_slow_forward`
    ANY_HOOK_CHECK = auto()
    FAST_FORWARD_CALL = auto()
    HOOK_PATH_STATE = auto()  # a local of the path with hooks gets its first value
    INNER_DEFINED = auto()
    COMPILING_CHECK = auto()
    UNGUARDED_INNER_CALL = auto()
    INNER_GUARD = auto()
    INNER_CALL = auto()

    # inner: what the backward hooks need before `forward`
    DECLARATION = auto()  # `nonlocal`, which Python makes no code of
    BACKWARD_STATE = auto()  # a local about backward hooks gets its first value
    BACKWARD_PRE_HOOK_CHECK = auto()
    BACKWARD_PRE_HOOKS_COLLECTED = auto()
    BACKWARD_HOOK_CHECK = auto()
    BACKWARD_HOOKS_COLLECTED = auto()
    FULL_BACKWARD_HOOK_CHECK = auto()
    BACKWARD_HOOK_MADE = auto()
    ARGUMENTS_MARKED = auto()

    # inner: forward pre-hooks
    FORWARD_PRE_HOOK_CHECK = auto()
    PRE_HOOK_LOOP = auto()
    PRE_HOOK_KWARGS_CHECK = auto()
    PRE_HOOK_CALL = auto()
    KWARGS_PRE_HOOK_RETURN_CHECK = auto()
    PAIR_CHECK = auto()  # is what it returned a pair of `args` and `kwargs`
    ALL_ARGUMENTS_REPLACED = auto()
    PRE_HOOK_REFUSED = auto()
    PRE_HOOK_RETURN_CHECK = auto()
    TUPLE_CHECK = auto()
    ARGUMENT_WRAPPED = auto()
    ARGUMENTS_REPLACED = auto()

    # inner: `forward` and forward hooks
    FORWARD_CALL = auto()
    FORWARD_HOOK_CHECK = auto()
    FORWARD_HOOK_LOOP = auto()
    ALWAYS_CALL_CHECK = auto()
    ALWAYS_CALL_NOTED = auto()
    FORWARD_HOOK_KWARGS_CHECK = auto()
    FORWARD_HOOK_CALL = auto()
    FORWARD_HOOK_RETURN_CHECK = auto()
    RESULT_REPLACED = auto()

    # inner: what the backward hooks need after `forward`
    RESULT_MARK_CHECK = auto()
    RESULT_KIND_CHECK = auto()
    RESULT_KIND_WARNING = auto()
    RESULT_MARKED = auto()
    LEGACY_HOOK_CHECK = auto()
    LEGACY_TENSOR_LOOP = auto()
    LEGACY_DICT_CHECK = auto()
    LEGACY_TENSOR_STEP = auto()  # `var` is the result, or a part of it
    GRAD_FN_READ = auto()
    GRAD_FN_CHECK = auto()
    LEGACY_HOOK_LOOP = auto()
    LEGACY_HOOK_HUNG = auto()
    LEGACY_HOOK_WARNING = auto()
    RESULT_RETURNED = auto()

    # _call_impl: after an exception
    EXCEPTION_CAUGHT = auto()
    GLOBAL_ALWAYS_CALLED_LOOP = auto()
    MODULE_ALWAYS_CALLED_LOOP = auto()
    ALWAYS_CALLED_CHECK = auto()
    ALWAYS_CALLED_GUARD = auto()
    ALWAYS_CALLED_RESULT_REPLACED = auto()
    HOOK_EXCEPTION_CAUGHT = auto()
    HOOK_EXCEPTION_WARNING = auto()
    NEXT_ALWAYS_CALLED_HOOK = auto()
    EXCEPTION_RAISED_AGAIN = auto()


# The statements that call a hook, and those that call `forward`.
HOOK_CALLS = frozenset({StatementRole.PRE_HOOK_CALL, StatementRole.FORWARD_HOOK_CALL})
FORWARD_CALLS = frozenset(
    {StatementRole.FAST_FORWARD_CALL, StatementRole.FORWARD_CALL, StatementRole.SLOW_FORWARD_CALL}
)
