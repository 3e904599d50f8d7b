"""Anything that can be called can be observed, and what cannot be called is told of."""

import functools
import sys

import pytest
import torch
from torch import nn

from explorer import observe_call

X = torch.ones(1, 2)


class Callable:
    def __call__(self, x):
        return x * 2


def double(x, times=2):
    return x * times


@pytest.mark.parametrize(
    ("target", "args", "value"),
    [
        (double, (4,), 8),
        (lambda x: x + 1, (4,), 5),
        (Callable(), (4,), 8),
        (functools.partial(double, times=3), (4,), 12),
        (len, ([1, 2],), 2),
        (Callable().__call__, (4,), 8),
        (complex, (1, 2), 1 + 2j),
        (functools.partial, (double,), None),
    ],
)
def test_any_callable(target, args, value):
    seen = observe_call(target, *args)
    assert seen.error is None
    assert value is None or seen.value == value
    assert seen.lookup.provider is not None
    assert seen.training is None
    seen.to_json()


def test_keywords_reach_the_call():
    seen = observe_call(double, 2, times=5)
    assert seen.value == 10
    assert [(name, summary.text) for name, summary in seen.inputs] == [("0", "2"), ("times", "5")]


@pytest.mark.parametrize("target", [5, None, "text", {}, torch.ones(2), sys])
def test_what_cannot_be_called(target):
    seen = observe_call(target, 1)
    assert seen.error.type == "TypeError"
    assert seen.error.message == f"'{type(target).__name__}' object is not callable"
    assert seen.error.step is None
    assert seen.lookup.provider is None
    assert [step.kind for step in seen.trace.steps] == ["lookup"]
    assert seen.trace.frames == ()
    with pytest.raises(TypeError, match="is not callable"):
        observe_call(target, 1, reraise=True)


def test_the_value_is_the_returned_object_itself():
    marker = object()
    assert observe_call(lambda: marker).value is marker
    model = nn.Dropout().eval()
    assert observe_call(model, X).value is X
