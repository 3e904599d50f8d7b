"""Values of hostile classes: no method of theirs is run that a bare call does not run, and a record is always made."""

import json

import pytest
import torch
from torch import nn

from explorer import observe_call
from explorer.reading.narration.narrator import narrate
from tests.helpers import hostile


class Passes(nn.Module):
    """Has a value as an argument, a local, an item, an attribute and a result."""

    def forward(self, x, value):
        local = value
        held = [value, (value,), {"key": value}]
        object.__setattr__(self, "kept", value)
        y = x * 2
        return y, local, held


class Keeps(nn.Module):
    """Sets an attribute as one does: `Module.__setattr__` asks the value for its class."""

    def forward(self, x, value):
        self.kept = value
        return x * 2


class Raises(nn.Module):
    def forward(self, x, value):
        raise value


def run(model, value, call):
    """(names of the methods that ran, what came of the call)."""
    with hostile.counted() as ran:
        seen = call(model, torch.ones(2), value)
    return list(ran), seen


def bare(model, *args):
    try:
        return model(*args)
    except Exception as raised:
        return raised


def check(model, value):
    expected, came = run(model, value, bare)
    found, seen = run(model, value, observe_call)
    assert found == expected
    assert (type(came) is type(seen.value)) if seen.error is None else issubclass(type(came), Exception)
    with hostile.counted() as ran:
        text = seen.to_json()
        json.loads(text, parse_constant=pytest.fail)
        text.encode()
        assert len(list(narrate(seen))) == len(seen.trace.steps)
        list(seen.notes)
    assert ran == []
    return seen


@pytest.mark.parametrize("behaviour", hostile.BEHAVIOURS)
@pytest.mark.parametrize("base", hostile.BASES, ids=lambda base: base.__name__)
@pytest.mark.parametrize("meta", [False, True], ids=["class", "metaclass"])
def test_no_method_of_a_value_is_run(base, behaviour, meta):
    kind = hostile.hostile_class(base, hostile.names_for(base), behaviour, meta=meta)
    seen = check(Passes(), hostile.make(kind, base))
    assert seen.error is None
    assert seen.inputs[1][1].type == "Hostile"
    check(Keeps(), hostile.make(kind, base))


@pytest.mark.parametrize("behaviour", hostile.BEHAVIOURS)
@pytest.mark.parametrize("base", [ValueError, KeyError, OSError], ids=lambda base: base.__name__)
def test_an_exception_is_told_without_its_own_methods(base, behaviour):
    kind = hostile.hostile_class(base, hostile.names_for(base), behaviour)
    seen = check(Raises(), hostile.make(kind, base))
    assert (seen.error.type, seen.error.message) == ("Hostile", "message")


@pytest.mark.parametrize("behaviour", hostile.BEHAVIOURS)
@pytest.mark.parametrize("base", [object, nn.Module, nn.Dropout], ids=lambda base: base.__name__)
def test_what_is_called_may_be_hostile(base, behaviour):
    names = tuple(name for name in hostile.names_for(base) if name != "__call__")
    kind = hostile.hostile_class(base, names, behaviour)
    kind.forward = kind.__call__ = lambda self, x, value: x * 2
    seen = check(hostile.make(kind, base), None)
    assert seen.error is None
    assert seen.title == "Hostile"
