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
