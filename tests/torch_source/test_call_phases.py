"""The phases of a call, by the text of its statements."""

import pytest
import torch
from torch import nn

from explorer import Experiment, observe, observe_call
from explorer.experiment import Hook
from explorer.torch_source.statements import statement_text

X = torch.ones(1, 2)


FAST = [
    ("compiled?", "if self._compiled_call_impl is not None:"),
    ("compiled?", "return self._call_impl(*args, **kwargs)"),
    ("tracing?", "forward_call = (self._slow_forward if torch._C._get_tracing_state() else self.forward)"),
    ("any hook?", "if not (self._backward_hooks or"),
    ("forward", "return forward_call(*args, **kwargs)"),
    ("forward", "return F.linear(input, self.weight, self.bias)"),
]
SLOW = [
    *FAST[:4],
    ("any hook?", "result = None"),
    ("any hook?", "called_always_called_hooks = set()"),
    ("any hook?", "def inner():"),
    ("any hook?", "if torch.compiler.is_compiling():"),
    ("any hook?", "try:"),
    ("any hook?", "return inner()"),
    ("backward set-up", "full_backward_hooks, non_full_backward_hooks = [], []"),
    ("backward set-up", "backward_pre_hooks = []"),
    ("backward set-up", "if self._backward_pre_hooks or _global_backward_pre_hooks:"),
    ("backward set-up", "if self._backward_hooks or _global_backward_hooks:"),
    ("pre-hooks", "if _global_forward_pre_hooks or self._forward_pre_hooks:"),
    ("backward set-up", "bw_hook = None"),
    ("backward set-up", "if full_backward_hooks or backward_pre_hooks:"),
    ("forward", "result = forward_call(*args, **kwargs)"),
    FAST[5],
    ("hooks", "if _global_forward_hooks or self._forward_hooks:"),
    ("hooks", "for hook_id, hook in ( *_global_forward_hooks.items(), *self._forward_hooks.items(), ):"),
    ("hooks", "if hook_id in self._forward_hooks_always_called or hook_id in _global_forward_hooks_always_called:"),
    ("hooks", "if hook_id in self._forward_hooks_with_kwargs or hook_id in _global_forward_hooks_with_kwargs:"),
    ("hooks", "hook_result = hook(self, args, result)"),
    ("hooks", "return output * 2"),
    ("hooks", "if hook_result is not None:"),
    ("hooks", "result = hook_result"),
    ("hooks", "for hook_id, hook in ( *_global_forward_hooks.items(), *self._forward_hooks.items(), ):"),
    ("backward wiring", "if bw_hook:"),
    ("backward wiring", "if non_full_backward_hooks:"),
    ("return", "return result"),
]


def doubles(module, args, output):
    return output * 2


def in_phases(seen):
    found = []
    for step in seen.trace.steps:
        if step.kind == "statement":
            text = statement_text(seen.trace.frames[step.frame].file, (step.line, step.end_line))
            found.append((step.phase, text.partition("  #")[0]))
    return found


@pytest.mark.parametrize(("hooked", "expected"), [(False, FAST), (True, SLOW)], ids=["no hook", "a hook"])
def test_the_statements_of_a_call_and_their_phases(hooked, expected):
    model = nn.Linear(2, 2)
    if hooked:
        model.register_forward_hook(doubles)
    got = in_phases(observe_call(model, X))
    assert [phase for phase, _ in got] == [phase for phase, _ in expected]
    assert all(text.startswith(start) for (_, text), (_, start) in zip(got, expected, strict=True))


def test_pre_hooks_and_backward_hooks_have_their_phases():
    model = nn.Linear(2, 2)
    model.register_forward_pre_hook(lambda module, args: None)
    model.register_full_backward_hook(lambda module, given, wanted: None)
    seen = observe_call(model, X.clone().requires_grad_())
    order = list(dict.fromkeys(step.phase for step in seen.trace.steps))
    assert order == [
        "lookup", "compiled?", "tracing?", "any hook?", "backward set-up", "pre-hooks", "forward", "hooks",
        "backward wiring", "return",
    ]  # fmt: skip
    assert [frame.role for frame in seen.trace.frames].count("hook") == 1


def test_levels():
    seen = observe_call(nn.Sequential(nn.Dropout()), X)
    roles = {(seen.trace.frames[step.frame].role, step.level) for step in seen.trace.steps if step.frame is not None}
    assert roles <= {("call path", 1), ("call path", 2), ("forward", 2), ("functional", 3), ("other", 3)}
    assert {role for role, _ in roles} == {"call path", "forward", "functional", "other"}
    for call in seen.graph.calls:
        own = [s for s in seen.trace.steps if s.frame is not None and s.level == 1 and s.kind != "lookup"]
        mine = [
            s.phase for s in own
            if (f := seen.trace.frames[s.frame]).module == call.module and f.module_call == call.number
        ]  # fmt: skip
        end = ["return"] if call.parent is None else []  # of `_wrapped_call_impl`: the end of it all
        assert mine == ["lookup", "compiled?", "tracing?", "any hook?", "forward", "return", *end]


def test_forward_called_directly_has_no_call_path_of_the_outermost_module():
    seen = observe(Experiment(model="example", call="forward", hooks=(Hook("", "double"),)))
    assert [frame.function for frame in seen.trace.frames if frame.module == ""] == ["ExampleModel.forward"]
    assert [frame.role for frame in seen.trace.frames if frame.module == "linear"] == [
        "call path", "call path", "forward",
    ]  # fmt: skip
    assert seen.lookup.attribute == "forward"
