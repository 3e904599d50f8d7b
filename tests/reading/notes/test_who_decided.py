"""Who decided that something drew: through a partial, a class, another name for `self`, and inside of scripts."""

from functools import partial

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from explorer import observe_call

X = torch.ones(2, 4)
ALWAYS = partial(F.dropout, p=0.5, training=True)


class HoldsPartial(nn.Module):
    def __init__(self):
        super().__init__()
        self.drop = partial(F.dropout, training=True)

    def forward(self, x):
        return self.drop(x)


class GlobalPartial(nn.Module):
    def forward(self, x):
        return ALWAYS(x)


class PartialOnTheSpot(nn.Module):
    def forward(self, x):
        return partial(F.dropout, training=True)(x)


class OverridesPartial(nn.Module):
    def forward(self, x):
        return partial(F.dropout, training=False)(x, training=True)


class OtherName(nn.Module):
    def forward(this, x):
        return F.dropout(x, training=this.training)


class ThroughClass(nn.Module):
    def drop(self, x, training):
        return F.dropout(x, 0.5, training)

    def forward(self, x):
        return ThroughClass.drop(self, x, True)


class ThroughSuper(ThroughClass):
    def drop(self, x, training):
        raise NotImplementedError

    def forward(self, x):
        return super().drop(x, True)


class ThroughStatic(nn.Module):
    @staticmethod
    def drop(x, training):
        return F.dropout(x, 0.5, training)

    def forward(self, x):
        return self.drop(x, True)


GIVEN = "its own argument `training` decides, and it was True"
PASSED = "its own argument `training` decides, for which `True` is passed"
FLAG = "its `training` flag decides that"
CASES = [
    (HoldsPartial, "F.dropout", GIVEN),
    (GlobalPartial, "F.dropout", GIVEN),
    (PartialOnTheSpot, "F.dropout", GIVEN),
    (OverridesPartial, "F.dropout", PASSED),
    (OtherName, "OtherName", FLAG),
    (ThroughClass, "drop", PASSED),
    (ThroughSuper, "drop", PASSED),
    (ThroughStatic, "drop", PASSED),
]


def drew(seen):
    return [note for note in seen.notes if "drew at random" in note]


@pytest.mark.parametrize(("kind", "who", "why"), CASES)
def test_what_decided_is_named(kind, who, why):
    (note,) = drew(observe_call(kind(), X))
    assert note.startswith(f"`{who}` drew at random")
    assert note.endswith(f": {why}.")


class Both(nn.Module):
    def __init__(self):
        super().__init__()
        self.drop = nn.Dropout()

    def forward(self, x):
        return F.dropout(self.drop(x), 0.5, True)


class OnlyConstant(nn.Module):
    def forward(self, x):
        return F.dropout(x, 0.5, True)


class OnlyFlag(nn.Module):
    def __init__(self):
        super().__init__()
        self.drop = nn.Dropout()

    def forward(self, x):
        return self.drop(x.relu())


class CallsForward(nn.Module):
    def __init__(self, script):
        super().__init__()
        self.script = script

    def forward(self, x):
        return self.script.forward(x)


CONSTANT = "it is a script, in which `training` is the constant True"
IN_SCRIPTS = [
    (Both, True, f"{CONSTANT} for one operation, and its own flag, True, for another"),
    (Both, False, f"{CONSTANT} for one operation, and its own flag, False, for another"),
    (OnlyConstant, True, f"{CONSTANT}, and its own flag, True, has no say"),
    (OnlyConstant, False, f"{CONSTANT}, and its own flag, False, has no say"),
]
WAYS = {
    "script(x)": lambda script: script,
    "script.forward": lambda script: script.forward,
    "script.forward(x)": CallsForward,
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(("kind", "training", "why"), IN_SCRIPTS)
def test_a_script_says_what_it_passes(kind, training, why, way):
    (note,) = drew(observe_call(WAYS[way](torch.jit.script(kind()).train(training)), X))
    assert note.endswith(f": {why}.")


@pytest.mark.parametrize("way", WAYS)
def test_a_scripts_own_flag_decides(way):
    script = torch.jit.script(OnlyFlag())
    (note,) = drew(observe_call(WAYS[way](script), X))
    assert "`training` flag decides" in note
    assert drew(observe_call(WAYS[way](script.eval()), X)) == []


def test_many_calls_of_a_script_know_their_own_flag():
    script = torch.jit.script(OnlyFlag())

    def function(x):
        script.eval()
        y = script.forward(x)
        script.train()
        return script.forward(y)

    nodes = [node for node in observe_call(function, X).graph.nodes if node.script is not None]
    assert [(node.script, node.training, node.drew) for node in nodes] == [("flag", False, False), ("flag", True, True)]
