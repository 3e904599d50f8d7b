"""Roles of statements from the syntax tree: the installed source, and altered ones."""

import ast
import inspect
import re
import textwrap

import pytest
from torch.nn.modules import module as module_source

from explorer.reading.narration.call_path import SENTENCES
from explorer.torch_source.find_roles import METHODS, find_roles, roles, roles_of
from explorer.torch_source.headers import header
from explorer.torch_source.phases import call_path_functions
from explorer.torch_source.roles import StatementRole
from explorer.torch_source.syntax import statements_in

SOURCE = inspect.getsource(module_source)
# One statement of each role that occurs in one phase only, by hand: how its text begins, and its role.
BY_HAND = [
    ("tracing_state = torch._C", "TRACING_STATE_READ"),
    ("if not tracing_state or", "SCRIPT_CHECK"),
    ("return self.forward(*input", "SLOW_FORWARD_CALL"),
    ("tracing_state.pop_scope()", "SCOPE_CLOSED"),
    ("if self._compiled_call_impl is not None", "COMPILED_CHECK"),
    ("return self._call_impl(", "CALL_PASSED_ON"),
    ("forward_call = (self._slow_forward if", "FORWARD_CHOSEN"),
    ("if not (self._backward_hooks or", "ANY_HOOK_CHECK"),
    ("return forward_call(", "FAST_FORWARD_CALL"),
    ("if torch.compiler.is_compiling()", "COMPILING_CHECK"),
    ("nonlocal result", "DECLARATION"),
    ("bw_hook = None", "BACKWARD_STATE"),
    ("if self._backward_pre_hooks or", "BACKWARD_PRE_HOOK_CHECK"),
    ("if self._backward_hooks or", "BACKWARD_HOOK_CHECK"),
    ("if full_backward_hooks or", "FULL_BACKWARD_HOOK_CHECK"),
    ("args = bw_hook.setup_input_hook(", "ARGUMENTS_MARKED"),
    ("if _global_forward_pre_hooks or", "FORWARD_PRE_HOOK_CHECK"),
    ("args_kwargs_result = hook(", "PRE_HOOK_CALL"),
    ("args_result = hook(", "PRE_HOOK_CALL"),
    ("if args_kwargs_result is not None", "KWARGS_PRE_HOOK_RETURN_CHECK"),
    ("if args_result is not None", "PRE_HOOK_RETURN_CHECK"),
    ("args, kwargs = args_kwargs_result", "ALL_ARGUMENTS_REPLACED"),
    ("args = args_result", "ARGUMENTS_REPLACED"),
    ("result = forward_call(", "FORWARD_CALL"),
    ("if _global_forward_hooks or", "FORWARD_HOOK_CHECK"),
    ("hook_result = hook(", "FORWARD_HOOK_CALL"),
    ("if hook_result is not None", "FORWARD_HOOK_RETURN_CHECK"),
    ("if bw_hook:", "RESULT_MARK_CHECK"),
    ("result = bw_hook.setup_output_hook(", "RESULT_MARKED"),
    ("while not isinstance(var", "LEGACY_TENSOR_LOOP"),
    ("grad_fn.register_hook(", "LEGACY_HOOK_HUNG"),
    ("except Exception:", "EXCEPTION_CAUGHT"),
    ("for hook_id, hook in _global_forward_hooks.items():", "GLOBAL_ALWAYS_CALLED_LOOP"),
    ("for hook_id, hook in self._forward_hooks.items():", "MODULE_ALWAYS_CALLED_LOOP"),
    ("except Exception as e:", "HOOK_EXCEPTION_CAUGHT"),
    ("continue", "NEXT_ALWAYS_CALLED_HOOK"),
]
# Lines that mean nothing of what torch's own mean, though they look like them.
FOREIGN = [
    "other = None",
    "self.count = self.count + 1",
    "if self.thing is not None: pass",
    "if self.thing: pass",
    "if not isinstance(self.thing, tuple): pass",
    "result = self.other",
    "args = self.other",
    "other = self.other(args)",
    "seen.add(1)",
    "warnings.warn('another warning')",
    "self.other()",
    "for other in self.others: other(args)",
    "for hook in self.others: result = hook(result)",
    "while self.thing: break",
    "try: self.other()\nexcept ValueError: pass",
    "with self.guard(): pass",
    "return args",
    "return self.other(*args)",
    "def another(): return None",
]


# Statements on which the meaning of others hangs: without them, those have no role.
NEEDED = {StatementRole[name] for name in (
    "SLOW_FORWARD_CALL", "SCOPES_CHECK", "SCOPE_OPENED", "SCOPE_CLOSED", "INNER_DEFINED", "UNGUARDED_INNER_CALL",
    "INNER_CALL", "FORWARD_HOOK_KWARGS_CHECK", "PRE_HOOK_CALL", "RESULT_REPLACED", "PAIR_CHECK",
    "ARGUMENTS_REPLACED", "FORWARD_HOOK_CALL", "ALWAYS_CALLED_RESULT_REPLACED", "HOOK_EXCEPTION_WARNING",
)}  # fmt: skip
# What has its role because of what stands first or last in a body, or is the last statement of `inner` itself.
LAST = {StatementRole[name] for name in (
    "SCRIPT_CHECK", "SCOPE_NAME_CHECK", "RESULT_RETURNED", "FORWARD_HOOK_RETURN_CHECK", "PRE_HOOK_RETURN_CHECK",
    "KWARGS_PRE_HOOK_RETURN_CHECK",
)}  # fmt: skip
RENAMED = ["_forward_hooks", "_forward_pre_hooks", "_backward_hooks", "_backward_pre_hooks", "forward_call", "bw_hook",
           "_slow_forward", "non_full_backward_hooks", "full_backward_hooks", "inner", "hook_result", "result", "args",
           "kwargs", "args_result", "args_kwargs_result", "hook", "hook_id", "var", "grad_fn", "name", "forward",
           "recording_scopes", "_call_impl", "_compiled_call_impl", "called_always_called_hooks"]  # fmt: skip


def methods(tree):
    """The methods of `Module` that a tree of torch's file has, in which a call runs."""
    return {name: node for name, node in call_path_functions(tree).items() if name in METHODS}


def statements(functions):
    """Every statement of those methods."""
    return [node for function in functions.values() for node in statements_in(function.body)]


def bodies(functions):
    """Every list of statements in those methods."""
    parts = ("body", "orelse", "finalbody")
    found = (getattr(node, part, None) for each in functions.values() for node in ast.walk(each) for part in parts)
    return [body for body in found if isinstance(body, list) and body]


CALL = methods(ast.parse(SOURCE))
RIGHT = find_roles(CALL)


def test_every_statement_of_the_installed_torch_has_a_role():
    without = [ast.unparse(node) for node in statements(CALL) if node not in RIGHT]
    assert not without, "Give each its role in `StatementRole` and its sentence in `reading/narration`."
    assert set(RIGHT.values()) == set(StatementRole)
    assert roles() == {header(node)[0]: role for node, role in RIGHT.items()}


def test_every_role_but_two_has_a_sentence():
    """A declaration never runs, and of the `return` of `_slow_forward` there is nothing to say."""
    assert set(StatementRole) - SENTENCES.keys() == {StatementRole.DECLARATION, StatementRole.SLOW_FORWARD_RETURN}


@pytest.mark.parametrize(("begins", "role"), BY_HAND)
def test_roles_by_hand(begins, role):
    found = {
        roles()[n] for n, line in enumerate(SOURCE.splitlines(), 1) if line.strip().startswith(begins) and n in roles()
    }
    assert found == {StatementRole[role]}


def test_lines_added_above_and_comments_inside_change_no_role():
    moved = "# one\n# two\n" + SOURCE.replace(
        "        result = None\n", "        # a comment\n\n        result = None\n"
    )
    assert moved.count("\n") == SOURCE.count("\n") + 4
    assert list(roles_of(moved).values()) == list(roles().values())


def test_without_one_statement_the_others_have_their_role_or_none():
    """A statement that hangs on the one which is missing, as one about what a hook returned, may have no role."""
    functions = methods(ast.parse(SOURCE))
    before = find_roles(functions)
    for body in bodies(functions):
        for place, dropped in enumerate(body):
            body[place] = ast.Pass()
            after = find_roles(functions)
            body[place] = dropped
            left = [node for node in statements(functions) if node not in set(statements_in([dropped]))]
            assert all(after.get(node, before[node]) is before[node] for node in left), ast.unparse(dropped)
            lost = {before[node] for node in left if node not in after}
            assert not lost or before[dropped] in NEEDED, (ast.unparse(dropped), lost)
    assert find_roles(functions) == before


@pytest.mark.parametrize("foreign", FOREIGN)
def test_a_foreign_statement_has_no_role_and_takes_none_away(foreign):
    functions = methods(ast.parse(SOURCE))
    before = find_roles(functions)
    (added,) = ast.parse(foreign).body
    for body in bodies(functions):
        for place in range(len(body) + 1):
            body.insert(place, added)
            after = find_roles(functions)
            del body[place]
            where = ast.unparse(body[max(place - 1, 0)])
            assert not [after[node] for node in statements_in([added]) if node in after], where
            lost = {before[node] for node in before if node not in after}
            assert all(after[node] is before[node] for node in before if node in after), where
            assert lost <= LAST, (where, lost)


@pytest.mark.parametrize("name", RENAMED)
def test_a_renamed_name_gives_the_right_role_or_none(name):
    changed = re.sub(rf"(?<![A-Za-z]){name}\b" if name.startswith("_") else rf"\b{name}\b", f"zz{len(name)}", SOURCE)
    assert changed != SOURCE
    for line, role in roles_of(changed).items():  # a name has no line break, so each statement stands where it stood
        assert role is roles()[line], SOURCE.splitlines()[line - 1]


def test_an_older_torch_whose_result_comes_back_in_call_impl_itself():
    """There, `forward_call` in the path with hooks is no last line, and `return result` is not that of `inner`."""
    source = textwrap.dedent(
        """
        class Module:
            def _call_impl(self, *input, **kwargs):
                forward_call = (self._slow_forward if torch._C._get_tracing_state() else self.forward)
                if not (self._backward_hooks or self._forward_hooks or self._forward_pre_hooks or _global_backward_hooks
                        or _global_forward_hooks or _global_forward_pre_hooks):
                    return forward_call(*input, **kwargs)
                result = forward_call(*input, **kwargs)
                for hook in self._forward_hooks.values():
                    hook_result = hook(self, input, result)
                    if hook_result is not None:
                        result = hook_result
                return result
            __call__ = _call_impl
        """
    )
    assert set(roles_of(source).values()) <= {StatementRole.FORWARD_CHOSEN, StatementRole.FAST_FORWARD_CALL}


CHECKS = [
    "if self._backward_hooks or _global_backward_hooks:",
    "if bw_hook:",
    "if hook_result is not None:",
    "if full_backward_hooks or backward_pre_hooks:",
    "if _global_forward_hooks or self._forward_hooks:",
]


@pytest.mark.parametrize("check", CHECKS)
def test_a_check_that_is_turned_round_has_no_role(check):
    """The two sentences of a condition would change places."""
    number, line = next((n, line) for n, line in enumerate(SOURCE.splitlines(), 1) if line.strip() == check)
    test = check.removeprefix("if ").removesuffix(":")
    turned = SOURCE.replace(line, line.replace(test, f"not ({test})"), 1)
    assert number in roles()
    assert number not in roles_of(turned)


def test_an_empty_or_foreign_source_has_no_roles():
    assert roles_of("") == {}
    assert roles_of("class Module:\n    pass\n") == {}
    assert roles_of("def _call_impl(): return 1\n") == {}
