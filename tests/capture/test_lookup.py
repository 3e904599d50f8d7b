"""Python's own step before the first frame, against what Python does."""

import collections
import functools

import pytest
import torch
from torch import nn

from explorer.capture.lookup import look_up


class WithCall:
    def __call__(self):
        return "class"


class Child(WithCall):
    pass


class Plain:
    def forward(self):
        return 1


class Meta(type):
    def __call__(cls):
        return "meta"


class Made(metaclass=Meta):
    pass


TARGETS = [
    nn.Linear(1, 1), nn.ReLU, WithCall(), Child(), Child, Plain(), Made, len, (lambda: 0), functools.partial(len),
    torch.ones(1), collections.OrderedDict(), 5, None, "text", object(), torch, print.__call__, nn.Linear(1, 1).forward,
]  # fmt: skip


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: type(target).__name__)
def test_a_provider_is_found_exactly_where_python_can_call(target):
    found = look_up(target, "__call__")
    assert (found.provider is not None) == callable(target)
    assert len(found.searched) == len(type(target).__mro__)
    assert found.type == type(target).__qualname__
    if found.provider is not None:
        (owner,) = [base for base in type(target).__mro__ if base.__qualname__ == found.provider.rpartition(".")[2]]
        assert "__call__" in vars(owner)


def test_names_by_hand():
    found = look_up(nn.Linear(1, 1), "__call__")
    assert found.provider == "torch.nn.modules.module.Module"
    assert found.searched == ("torch.nn.modules.linear.Linear", "torch.nn.modules.module.Module", "object")
    assert look_up(collections.OrderedDict(), "__call__").searched == ("collections.OrderedDict", "dict", "object")
    assert look_up(Child(), "__call__").provider.endswith(".WithCall")


def test_an_attribute_of_the_instance_is_noted():
    target = Plain()
    target.__call__ = lambda: "instance"
    found = look_up(target, "__call__")
    assert (found.provider, found.instance_attribute) == (None, True)
    with pytest.raises(TypeError):
        target()
    model = nn.Linear(1, 1)
    assert not look_up(model, "forward").instance_attribute
    model.forward = lambda x: x
    assert look_up(model, "forward").instance_attribute
    assert look_up(model, "forward").provider == "torch.nn.modules.linear.Linear"
    assert look_up(collections.OrderedDict(), "forward").provider is None


class Loud:
    __slots__ = ()

    def __getattr__(self, name):
        raise AssertionError(name)


def test_slots_and_attribute_hooks_of_the_object_are_survived():
    class Quiet:
        __slots__ = ("x",)

    assert look_up(Quiet(), "__call__").provider is None
