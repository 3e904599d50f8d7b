"""Phases from the syntax tree: the installed source against a table by hand, and altered ones."""

import ast
import inspect
import re
import textwrap

import pytest
from torch.nn.modules import module as module_source

from explorer.torch_source.phases import PHASES, phases, phases_of

SOURCE = inspect.getsource(module_source)

# Each statement of `_wrapped_call_impl`, `_call_impl` and `_slow_forward`, by how its text begins, in order.
TABLE = [
    ("_slow_forward", "tracing_state = torch._C", "tracing?"),
    ("_slow_forward", "if not tracing_state or isinstance", "tracing?"),
    ("_slow_forward", "return self.forward(*input", "forward"),
    ("_slow_forward", "recording_scopes = torch.jit", "tracing?"),
    ("_slow_forward", "if recording_scopes:", "tracing?"),
    ("_slow_forward", "name = torch.jit", "tracing?"),
    ("_slow_forward", "if name:", "tracing?"),
    ("_slow_forward", "tracing_state.push_scope(name)", "tracing?"),
    ("_slow_forward", "recording_scopes = False", "tracing?"),
    ("_slow_forward", "try:", "tracing?"),
    ("_slow_forward", "result = self.forward(*input", "forward"),
    ("_slow_forward", "if recording_scopes:", "tracing?"),
    ("_slow_forward", "tracing_state.pop_scope()", "tracing?"),
    ("_slow_forward", "return result", "tracing?"),
    ("_wrapped_call_impl", "if self._compiled_call_impl is not None:", "compiled?"),
    ("_wrapped_call_impl", "return self._compiled_call_impl(", "compiled?"),
    ("_wrapped_call_impl", "return self._call_impl(", "compiled?"),
    ("_call_impl", "forward_call = (self._slow_forward if", "tracing?"),
    ("_call_impl", "if not (self._backward_hooks or", "any hook?"),
    ("_call_impl", "return forward_call(*args", "forward"),
    ("_call_impl", "result = None", "any hook?"),
    ("_call_impl", "called_always_called_hooks = set()", "any hook?"),
    ("_call_impl", "def inner():", "any hook?"),
    ("_call_impl", "nonlocal result, args, kwargs", None),
    ("_call_impl", "full_backward_hooks, non_full_backward_hooks = [], []", "backward set-up"),
    ("_call_impl", "backward_pre_hooks = []", "backward set-up"),
    ("_call_impl", "if self._backward_pre_hooks or _global_backward_pre_hooks:", "backward set-up"),
    ("_call_impl", "backward_pre_hooks = self._get_backward_pre_hooks()", "backward set-up"),
    ("_call_impl", "if self._backward_hooks or _global_backward_hooks:", "backward set-up"),
    ("_call_impl", "full_backward_hooks, non_full_backward_hooks = self._get_backward_hooks()", "backward set-up"),
    ("_call_impl", "if _global_forward_pre_hooks or self._forward_pre_hooks:", "pre-hooks"),
    ("_call_impl", "for hook_id, hook in ( *_global_forward_pre_hooks.items()", "pre-hooks"),
    ("_call_impl", "if hook_id in self._forward_pre_hooks_with_kwargs:", "pre-hooks"),
    ("_call_impl", "args_kwargs_result = hook(self, args, kwargs)", "pre-hooks"),
    ("_call_impl", "if args_kwargs_result is not None:", "pre-hooks"),
    ("_call_impl", "if isinstance(args_kwargs_result, tuple)", "pre-hooks"),
    ("_call_impl", "args, kwargs = args_kwargs_result", "pre-hooks"),
    ("_call_impl", 'raise RuntimeError( "forward pre-hook', "pre-hooks"),
    ("_call_impl", "args_result = hook(self, args)", "pre-hooks"),
    ("_call_impl", "if args_result is not None:", "pre-hooks"),
    ("_call_impl", "if not isinstance(args_result, tuple):", "pre-hooks"),
    ("_call_impl", "args_result = (args_result,)", "pre-hooks"),
    ("_call_impl", "args = args_result", "pre-hooks"),
    ("_call_impl", "bw_hook = None", "backward set-up"),
    ("_call_impl", "if full_backward_hooks or backward_pre_hooks:", "backward set-up"),
    ("_call_impl", "bw_hook = BackwardHook(", "backward set-up"),
    ("_call_impl", "args = bw_hook.setup_input_hook(args)", "backward set-up"),
    ("_call_impl", "result = forward_call(*args", "forward"),
    ("_call_impl", "if _global_forward_hooks or self._forward_hooks:", "hooks"),
    ("_call_impl", "for hook_id, hook in ( *_global_forward_hooks.items()", "hooks"),
    ("_call_impl", "if hook_id in self._forward_hooks_always_called or", "hooks"),
    ("_call_impl", "called_always_called_hooks.add(hook_id)", "hooks"),
    ("_call_impl", "if hook_id in self._forward_hooks_with_kwargs or", "hooks"),
    ("_call_impl", "hook_result = hook(self, args, kwargs, result)", "hooks"),
    ("_call_impl", "hook_result = hook(self, args, result)", "hooks"),
    ("_call_impl", "if hook_result is not None:", "hooks"),
    ("_call_impl", "result = hook_result", "hooks"),
    ("_call_impl", "if bw_hook:", "backward wiring"),
    ("_call_impl", "if not isinstance(result, (torch.Tensor, tuple)):", "backward wiring"),
    ("_call_impl", 'warnings.warn("For backward hooks', "backward wiring"),
    ("_call_impl", "result = bw_hook.setup_output_hook(result)", "backward wiring"),
    ("_call_impl", "if non_full_backward_hooks:", "backward wiring"),
    ("_call_impl", "var = result", "backward wiring"),
    ("_call_impl", "while not isinstance(var, torch.Tensor):", "backward wiring"),
    ("_call_impl", "if isinstance(var, dict):", "backward wiring"),
    ("_call_impl", "var = next(", "backward wiring"),
    ("_call_impl", "var = var[0]", "backward wiring"),
    ("_call_impl", "grad_fn = var.grad_fn", "backward wiring"),
    ("_call_impl", "if grad_fn is not None:", "backward wiring"),
    ("_call_impl", "for hook in non_full_backward_hooks:", "backward wiring"),
    ("_call_impl", "grad_fn.register_hook(", "backward wiring"),
    ("_call_impl", "self._maybe_warn_non_full_backward_hook(", "backward wiring"),
    ("_call_impl", "return result", "return"),
    ("_call_impl", "if torch.compiler.is_compiling():", "any hook?"),
    ("_call_impl", "return inner()", "any hook?"),
    ("_call_impl", "try:", "any hook?"),
    ("_call_impl", "return inner()", "any hook?"),
    ("_call_impl", "except Exception:", "exception"),
]  # what follows is the handler's own


def statements(source, name):
    """(line, text on one line) of each statement in a method of `Module`, in order of lines."""
    lines = source.splitlines()
    (owner,) = [n for n in ast.parse(source).body if isinstance(n, ast.ClassDef) and n.name == "Module"]
    found = []
    for function in owner.body:
        if isinstance(function, ast.FunctionDef) and function.name == name:
            for node in ast.walk(function):
                if isinstance(node, ast.stmt | ast.ExceptHandler) and node is not function:
                    last = getattr(node, "end_lineno", node.lineno)
                    found.append((node.lineno, " ".join(line.strip() for line in lines[node.lineno - 1 : last])))
    return sorted(found)


def labelled(source):
    """(method, text, phase) for the methods of the call path."""
    found = phases_of(source)
    return [
        (name, text, found.get(line))
        for name in ("_slow_forward", "_wrapped_call_impl", "_call_impl")
        for line, text in statements(source, name)
    ]


def test_the_installed_source_against_the_table():
    got = labelled(SOURCE)
    for (name, begins, phase), (method, text, found) in zip(TABLE, got, strict=False):
        assert (method, found) == (name, phase), text
        assert text.startswith(begins)
    rest = got[len(TABLE) :]
    assert rest[-1][1] == "raise"
    assert {phase for _, _, phase in rest} == {"exception"}
    assert phases() == phases_of(SOURCE)
    assert set(phases().values()) <= set(PHASES)


def by_text(source):
    """Text → the phases that statements of that text may have, in the installed source."""
    found = {}
    for name, text, phase in labelled(source):
        found.setdefault((name, text), set()).add(phase)
    return found


RIGHT = by_text(SOURCE)


def test_lines_added_above_and_comments_inside_change_no_phase():
    moved = "# one\n# two\n" + SOURCE.replace(
        "        result = None\n", "        # a comment\n\n        result = None\n"
    )
    assert moved.count("\n") == SOURCE.count("\n") + 4
    assert [phase for *_, phase in labelled(moved)] == [phase for *_, phase in labelled(SOURCE)]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("class Module:", "class Renamed:"),
        ("def _call_impl(", "def _another_impl("),
    ],
)
def test_what_is_not_found_has_no_phase(old, new):
    assert old in SOURCE
    changed = SOURCE.replace(old, new)
    found = phases_of(changed)
    (line,) = [
        n for n, text in enumerate(SOURCE.splitlines(), 1) if text.strip() == "called_always_called_hooks = set()"
    ]
    assert line not in found
    if "Renamed" in new:
        assert found == {}


RENAMED = ["_forward_hooks", "_forward_pre_hooks", "_backward_hooks", "_backward_pre_hooks", "forward_call", "bw_hook",
           "_slow_forward", "non_full_backward_hooks", "full_backward_hooks", "inner", "hook_result"]  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("name", RENAMED)
def test_a_renamed_name_gives_the_right_phase_or_none(name):
    new = "zz" + str(len(name))
    changed = re.sub(rf"(?<![A-Za-z]){name}\b", new, SOURCE)
    assert changed != SOURCE
    for method, text, phase in labelled(changed):
        original = re.sub(rf"\b(_global)?{new}\b", lambda m: (m.group(1) or "") + name, text)
        allowed = RIGHT.get((method, original))
        if allowed is not None:
            assert phase is None or phase in allowed, text


def test_another_shape_has_no_phase_rather_than_a_wrong_one():
    source = textwrap.dedent(
        """
        class Module:
            def _call_impl(self, *args, **kwargs):
                with self.guard():
                    chosen = self.pick(args)
                for step in self.pipeline:
                    args = step(args)
                return args
        """
    )
    assert set(phases_of(source).values()) <= {"return"}


def test_a_check_of_two_registries_is_not_the_check_of_all():
    source = textwrap.dedent(
        """
        class Module:
            def _call_impl(self, *args, **kwargs):
                if self._forward_hooks or self._backward_hooks:
                    args = self.before(args)
                return self.forward(*args, **kwargs)
        """
    )
    assert phases_of(source) == {}


def test_an_empty_or_foreign_source_has_no_phases():
    assert phases_of("") == {}
    assert phases_of("class Module:\n    pass\n") == {}
    assert phases_of("def _call_impl(): return 1\n") == {}
