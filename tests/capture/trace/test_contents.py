"""What objects hold, and what is deleted: each kind of object, in an attribute and behind a name, changed or not."""

from __future__ import annotations

import collections
import copy

import numpy
import pytest
import torch
from torch import nn

from explorer import observe_call
from explorer.reading.narration.narrator import NOTHING_SEEN, narrate
from tests.reading.narration.test_claims import unproved

X = torch.ones(1, 2)


def count_up(array):
    array += 1


CHANGES = {
    "list append": ([1], lambda held: held.append(2)),
    "list item": ([1], lambda held: held.__setitem__(0, 3)),
    "dict item": ({"a": 1}, lambda held: held.update(a=2)),
    "set": ({1}, lambda held: held.add(2)),
    "ordered dict": (collections.OrderedDict(a=1), lambda held: held.pop("a")),
    "deque append": (collections.deque([1]), lambda held: held.append(2)),
    "deque rotate": (collections.deque([1, 2]), lambda held: held.rotate()),
    "full deque": (collections.deque([1, 2], maxlen=2), lambda held: held.append(3)),
    "default dict": (collections.defaultdict(int), lambda held: held["a"]),
    "default dict's list": (collections.defaultdict(list, a=[1]), lambda held: held["a"].append(2)),
    "counter": (collections.Counter("ab"), lambda held: held.update("a")),
    "array item": (numpy.zeros(3), lambda held: held.__setitem__(1, 5)),
    "array of integers": (numpy.arange(4), count_up),
    "array shape": (numpy.zeros(4), lambda held: setattr(held, "shape", (2, 2))),
    "tensor": (torch.ones(3), lambda held: held.mul_(0)),
    "tensor item": (torch.ones(3), lambda held: held.__setitem__(0, 7)),
}


class Holds(nn.Module):
    def __init__(self, held, change):
        super().__init__()
        self.held = copy.deepcopy(held)
        self.change = change

    def forward(self, x):
        self.change(self.held)
        x = x + 1
        return x  # noqa: RET504


def behind_a_name(held, change):
    here = held
    change(here)
    there = 1
    return there  # noqa: RET504


def told(seen, function):
    own = [frame.index for frame in seen.trace.frames if frame.function == function]
    steps = [step for step in seen.trace.steps if step.frame in own and step.kind == "statement"]
    return [([(change.name, change.kind) for change in step.changes], narrate(seen)[step.index]) for step in steps]


def same(before, after):
    if isinstance(before, numpy.ndarray | torch.Tensor):
        return before.shape == after.shape and bool((before == after).all())
    return type(before) is type(after) and list(before) == list(after) and before == after


@pytest.mark.parametrize("name", CHANGES)
def test_what_an_attribute_holds_is_told(name):
    held, change = CHANGES[name]
    model = Holds(held, change)
    seen = observe_call(model, X)
    assert not same(held, model.held)
    first, second, _ = told(seen, "Holds.forward")
    assert first[0] == [("self.held", "modified in place")]
    assert "`self.held` is changed in place." in first[1]
    assert second[0] == [("x", "rebound")]
    assert unproved(seen) == []


@pytest.mark.parametrize("name", CHANGES)
def test_what_a_name_stands_for_is_told(name):
    held, change = CHANGES[name]
    seen = observe_call(behind_a_name, copy.deepcopy(held), change)
    _, second, third, _ = told(seen, "behind_a_name")
    assert {each[0] for each in second[0]} == {"held", "here"}
    assert third[0] == [("there", "new")]
    assert unproved(seen) == []


@pytest.mark.parametrize("name", CHANGES)
def test_what_does_not_change_is_not_told(name):
    held, _ = CHANGES[name]
    for seen in (observe_call(Holds(held, len), X), observe_call(behind_a_name, copy.deepcopy(held), len)):
        function = seen.trace.frames[-1].function
        assert not any(kind == "modified in place" for changes, _ in told(seen, function) for _, kind in changes)
        assert unproved(seen) == []


class Opaque:
    def __init__(self):
        self.value = 0

    def raise_it(self):
        self.value += 1


@pytest.mark.parametrize(
    ("held", "change"),
    [
        (Opaque(), Opaque.raise_it),
        (numpy.zeros(5000), lambda held: held.__setitem__(0, 1)),
        (numpy.array([None, 1]), lambda held: held.__setitem__(0, 1)),
        (bytearray(b"ab"), lambda held: held.append(1)),
    ],
    ids=["object", "large array", "array of objects", "bytes"],
)
def test_of_what_the_record_does_not_know_nothing_is_said(held, change):
    seen = observe_call(behind_a_name, held, change)
    _, (changes, text), *_ = told(seen, "behind_a_name")
    assert changes == []
    assert text == NOTHING_SEEN
    assert "changes" not in NOTHING_SEEN


class Deletes(nn.Module):
    def __init__(self):
        super().__init__()
        self.plain, self.child, self.weight = 3, nn.Linear(2, 2), nn.Parameter(torch.ones(1))
        self.register_buffer("buffer", torch.ones(1))
        self.unseen = 5

    def forward(self, x):
        del self.plain
        del self.child
        delattr(self, "weight")
        del self.buffer
        self.__dict__.pop("unseen")
        y = z = x
        del y, z
        y = 1
        self.plain = 4
        return y


def test_what_is_deleted_is_told_and_recorded():
    seen = observe_call(Deletes(), X)
    assert seen.error is None
    steps = told(seen, "Deletes.forward")
    names = ("self.plain", "self.child", "self.weight", "self.buffer", "self.unseen")
    for name, (changes, text) in zip(names, steps, strict=False):
        assert [each for each in changes if each != ("self", "modified in place")] == [(name, "deleted")]
        assert text == f"`{name}` is deleted."
    assert steps[6] == ([("y", "deleted"), ("z", "deleted")], "`y` is deleted and `z` is deleted.")
    assert steps[7][0] == [("y", "new")]
    assert steps[8][0] == [("self.plain", "new")]
    assert unproved(seen) == []


def test_the_value_of_what_is_deleted_is_what_it_was():
    seen = observe_call(Deletes(), X)
    (was,) = {
        change.value.text
        for step in seen.trace.steps
        for change in step.changes
        if (change.name, change.kind) == ("self.plain", "deleted")
    }
    assert was == "3"


def test_an_exception_that_python_unbinds_is_not_told_as_deleted():
    def catches():
        try:
            raise ValueError("a")
        except ValueError as error:
            text = str(error)
        return text

    seen = observe_call(catches)
    assert not any(change.kind == "deleted" for step in seen.trace.steps for change in step.changes)
