"""A module that is called and that the model does not know of: who it is, where it is called, in which mode it is."""

import pytest
import torch
from torch import nn

from explorer import Experiment, observe, observe_call
from tests.helpers.kinds import RUNNING

OUTSIDE = nn.Dropout()
X = torch.ones(2, 3)


class Listed(nn.Module):
    def __init__(self):
        super().__init__()
        self.known, self.layers = nn.Linear(3, 3), [nn.Linear(3, 3), nn.Linear(3, 3)]

    def forward(self, x):
        x = self.known(x)
        for layer in self.layers:
            x = layer(x)
        return x


class MadeInForward(nn.Module):
    def forward(self, x):
        return nn.Linear(3, 3)(x)


class Global(nn.Module):
    def forward(self, x):
        return OUTSIDE(x)


class ByFunction(nn.Module):
    def forward(self, x):
        return helper(x)


def helper(x):
    return OUTSIDE(x)


class WithParts(nn.Module):
    def __init__(self):
        super().__init__()
        self.parts = {"a": nn.Sequential(nn.Linear(3, 3), nn.ReLU())}

    def forward(self, x):
        return self.parts["a"](x)


class Registered(nn.Module):
    """All that can register a module, one of them during the call."""

    def __init__(self):
        super().__init__()
        self.plain, self.many = nn.Linear(3, 3), nn.ModuleList([nn.Linear(3, 3)])
        self.named = nn.ModuleDict({"a": nn.Linear(3, 3)})
        self.add_module("added", nn.Linear(3, 3))
        self.also = [self.plain]

    def forward(self, x):
        self.late = nn.ReLU()
        for part in (self.plain, self.many[0], self.named["a"], self.added, self.also[0], self.late):
            x = part(x)
        return x


def found(seen):
    return [note for note in seen.notes if "not registered" in note]


@pytest.mark.parametrize(
    ("model", "kind", "where"),
    [
        (Listed, "Linear", "`x = layer(x)` in `Listed.forward`"),
        (MadeInForward, "Linear", "`return nn.Linear(3, 3)(x)` in `MadeInForward.forward`"),
        (Global, "Dropout", "`return OUTSIDE(x)` in `Global.forward`"),
        (ByFunction, "Dropout", "`return OUTSIDE(x)` in `helper`"),
        (WithParts, "Sequential", '`return self.parts["a"](x)` in `WithParts.forward`'),
    ],
)
def test_a_module_that_is_not_registered(model, kind, where):
    (note,) = found(observe_call(model().eval(), X))
    assert note.startswith(f"`{kind}` is called at {where}, line ")
    assert "`train()`, `eval()`, `to()` and `parameters()` do not reach it" in note
    assert note.endswith("It is in train mode, and the model in eval mode.")
    (note,) = found(observe_call(model(), X))
    assert note.endswith("do not reach it.")


@pytest.mark.parametrize("training", [True, False])
def test_what_is_registered_is_not_named(training):
    assert found(observe_call(Registered().train(training), X)) == []
    assert found(observe_call(helper, X)) == []  # there is no model around it
    assert found(observe_call(Listed().layers[0], X)) == []


@pytest.mark.parametrize("key", RUNNING)
def test_each_entry_registers_what_it_calls(key):
    assert found(observe(Experiment(model=key))) == []
