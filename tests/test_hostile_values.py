"""Values of hostile classes: no method of theirs is run that a bare call does not run, and a record is always made."""

import json

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
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


class TrainingRaises(nn.Module):
    """Its flag is a property that raises once the module is made."""

    @property
    def training(self):
        raise ValueError("asked")

    @training.setter
    def training(self, value):
        pass

    def forward(self, x, value=None):
        return x * 2


def holding_itself():
    found = [1]
    found.append(found)
    return found


def nested(depth, kind=list):
    found = kind()
    for _ in range(depth):
        found = [found] if kind is list else (found,) if kind is tuple else {"a": found}
    return found


def large_with_infinity():
    x = torch.zeros(70_000)
    x[1] = float("inf")
    return x


ODD_VALUES = {
    "a list that holds itself": holding_itself,
    "a list nested 5,000 deep": lambda: nested(5000),
    "a tuple nested 5,000 deep": lambda: nested(5000, tuple),
    "a dict nested 5,000 deep": lambda: nested(5000, dict),
    "infinity between the samples": large_with_infinity,
    "not a number": lambda: torch.full((70_000,), float("nan")),
    "half a surrogate pair": lambda: "\ud800",
    "in a key": lambda: {"\ud800": "\udfff"},
    "in a message": lambda: ValueError("\ud800"),
    "a huge integer": lambda: 10**100_000,
    "in a list": lambda: [10**5000, -(10**20), float("nan"), float("inf")],
    "as a key": lambda: {10**5000: 1},
    "in a message, too": lambda: ValueError(10**5000),
}


@pytest.mark.parametrize("name", ODD_VALUES)
@pytest.mark.parametrize("model", [Passes(), Keeps(), TrainingRaises()], ids=lambda model: type(model).__name__)
def test_an_odd_value_is_recorded(model, name):
    seen = check(model, ODD_VALUES[name]())
    assert seen.error is None


@pytest.mark.parametrize("name", ["in a message", "in a message, too"])
def test_an_odd_message_is_told(name):
    assert check(Raises(), ODD_VALUES[name]()).error.type == "ValueError"


def test_the_row_on_infinity():
    seen = observe_call(torch.neg, large_with_infinity())
    assert json.loads(seen.to_json())["inputs"][0][1]["tensor"]["preview"][1] == "inf"


def test_a_flag_that_raises_is_not_asked():
    seen = check(TrainingRaises(), None)
    assert (seen.error, seen.training) == (None, None)


def test_names_with_half_a_surrogate_pair():
    seen = observe_call(lambda **names: names, **{"\ud800": 1})
    json.loads(seen.to_json())
    seen.to_json().encode()
    model = nn.Sequential()
    model.add_module("\ud800", nn.ReLU())
    observe_call(model, torch.ones(1)).to_json().encode()


HOSTILE_ITEMS = [
    hostile.make(hostile.hostile_class(base, hostile.names_for(base), behaviour), base)
    for base in hostile.BASES
    for behaviour in ("raises", "lies")
]


@settings(max_examples=30, deadline=None)
@given(
    st.recursive(
        st.sampled_from([*range(len(HOSTILE_ITEMS)), None, 2.5, "text"]),
        lambda inner: st.one_of(
            st.lists(inner, max_size=8),
            st.lists(inner, max_size=8).map(tuple),
            st.dictionaries(st.sampled_from(["a", "b", 1]), inner, max_size=3),
        ),
        max_leaves=12,
    )
)
def test_any_nest_of_hostile_values(drawn):
    def filled(value):
        if isinstance(value, list | tuple):
            return type(value)(map(filled, value))
        if isinstance(value, dict):
            return {key: filled(each) for key, each in value.items()}
        return HOSTILE_ITEMS[value] if type(value) is int else value

    assert check(Passes(), filled(drawn)).error is None
