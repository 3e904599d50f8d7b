"""Calls of modules know which module they are of, and which call of it."""

from functools import partial

import torch
import torch.nn.functional as F
from torch import nn

from explorer import observe_call
from tests.helpers import steps

X = torch.ones(1, 2)
texts = partial(steps.texts, file=__file__)


class Twice(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = nn.Linear(2, 2)
        self.again = self.first
        self.functional = nn.Linear(2, 2)
        self.list = nn.ModuleList([nn.ReLU()])

    def forward(self, x):
        x = self.again(self.first(x))
        x = F.linear(x, self.functional.weight)
        return self.list[0](x)


def test_module_calls_know_their_path_and_number():
    seen = observe_call(Twice(), X)
    calls = [(call.module, call.module_class, call.number, call.parent, call.children) for call in seen.graph.calls]
    assert calls == [
        ("", "Twice", 1, None, True),
        ("first", "Linear", 1, 0, False),
        ("first", "Linear", 2, 0, False),
        ("list.0", "ReLU", 1, 0, False),
    ]
    for call in seen.graph.calls:
        first, last = (seen.trace.steps[place] for place in call.steps)
        assert first.kind == "call"
        assert last.kind == "return"
        assert first.frame == last.frame
    frames = [(f.module, f.module_call) for f in seen.trace.frames if f.function == "Linear.forward"]
    assert frames == [("first", 1), ("first", 2)]


class OwnCall(nn.Module):
    def __call__(self, x):
        return x + 1


def test_a_model_whose_class_defines_call_itself():
    seen = observe_call(OwnCall(), X)
    assert seen.lookup.provider.endswith("OwnCall")
    assert texts(seen) == ["return x + 1"]
    assert bool((seen.value == 2).all())


def test_a_forward_patched_onto_the_instance_runs():
    model = nn.Linear(2, 2)
    model.forward = lambda x: x * 3
    seen = observe_call(model, X)
    assert [frame.role for frame in seen.trace.frames] == ["call path", "call path", "forward"]
    assert bool((seen.value == 3).all())


class MakesAndRemoves(nn.Module):
    """Calls modules that are registered while the call runs, that are removed again, and one that never is."""

    def __init__(self):
        super().__init__()
        self.old = nn.Linear(2, 2)
        self.layers = nn.ModuleList()

    def forward(self, x):
        self.new = nn.Linear(2, 2)
        x = self.new(x)
        old = self.old
        del self.old
        x = old(x)
        self.layers.append(nn.ReLU())
        x = self.layers[-1](x)
        self.short = nn.Tanh()
        x = self.short(x)
        del self.short
        return nn.Sigmoid()(x)


def test_modules_that_are_made_or_removed_meanwhile_have_their_path():
    seen = observe_call(MakesAndRemoves(), X)
    assert [(call.module, call.module_class, call.registered) for call in seen.graph.calls] == [
        ("", "MakesAndRemoves", True),
        ("new", "Linear", True),
        ("old", "Linear", True),
        ("layers.0", "ReLU", True),
        ("short", "Tanh", True),
        ("", "Sigmoid", False),
    ]
    assert [node.module for node in seen.graph.nodes if node.operation in ("relu", "tanh")] == ["layers.0", "short"]
    assert [frame.module for frame in seen.trace.frames if frame.function == "Tanh.forward"] == ["short"]


class KeepsModule(nn.Module):
    def __init__(self):
        super().__init__()
        self.kept: list[nn.Module] = []

    def forward(self, x):
        self.kept.append(nn.ReLU())
        x = self.kept[0](x)
        self.later = self.kept[0]
        return x


def test_a_module_that_is_registered_after_it_was_called_has_its_path():
    calls = observe_call(KeepsModule(), X).graph.calls
    assert [(call.module, call.registered) for call in calls] == [("", True), ("later", True)]


class Doubles(nn.Module):
    def forward(self, module, args, output=None):
        return output * 2 if output is not None else (args[0] * 2,)


def test_a_hook_that_is_a_module_is_a_hook():
    for register in (nn.Module.register_forward_hook, nn.Module.register_forward_pre_hook):
        model = nn.Linear(2, 2)
        register(model, Doubles())
        seen = observe_call(model, X)
        in_hook = {node.operation: node.in_hook for node in seen.graph.nodes if node.kind == "operation"}
        assert in_hook == {"mul": True, "linear": False}
