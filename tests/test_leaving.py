"""What leaves `observe_call`, and from how deep it may be called: a record, or what a bare call raises."""

import sys

import pytest
import torch
from torch import nn
from torch.utils._python_dispatch import _get_current_dispatch_mode_stack

from explorer import observe_call
from explorer.capture.trace.recursion import depth

X = torch.ones(2)


class Stop(BaseException):
    """Is no `Exception`."""


class Leaves(nn.Module):
    def __init__(self, kind):
        super().__init__()
        self.kind, self.inner = kind, nn.ReLU()

    def forward(self, x):
        with torch.no_grad():
            x = self.inner(x)
            raise self.kind


@pytest.mark.parametrize("kind", [KeyboardInterrupt, SystemExit, GeneratorExit, Stop])
@pytest.mark.parametrize("reraise", [True, False])
def test_what_is_no_exception_leaves_and_everything_is_put_back(kind, reraise):
    before = sys.gettrace(), sys.getprofile(), sys.getrecursionlimit(), torch.is_grad_enabled()
    with pytest.raises(kind):
        observe_call(Leaves(kind), X, reraise=reraise)
    assert (sys.gettrace(), sys.getprofile(), sys.getrecursionlimit(), torch.is_grad_enabled()) == before
    assert not _get_current_dispatch_mode_stack()
    assert observe_call(nn.ReLU(), X).error is None  # the lock is free


def at_depth(wanted, function):
    """Return what a function returns that is called so deep."""
    return function() if depth() >= wanted - 1 else at_depth(wanted, function)


def left(function):
    """Return what a function returned, or the class of what it raised."""
    try:
        return function()
    except RecursionError as raised:
        return type(raised)


@pytest.mark.parametrize("below", [*range(4, 30), 40, 60, 100])
def test_however_deep_it_is_called_there_is_a_record(below):
    limit = sys.getrecursionlimit()
    model = nn.Sequential(nn.Linear(2, 2), nn.Dropout())
    seen = at_depth(limit - below, lambda: left(lambda: observe_call(model, X)))
    bare = at_depth(limit - below, lambda: left(lambda: model(X)))
    assert (seen is not RecursionError) or bare is RecursionError
    if bare is not RecursionError:
        assert seen.error is None
        assert torch.equal(seen.value, model(X)) or seen.drawn_from
    assert sys.getrecursionlimit() == limit
    assert not _get_current_dispatch_mode_stack()


def puts_others_in_place(x):
    """Replace what the recorder sets and asks for trace functions by, and leave it so."""
    sys.settrace = lambda function: None
    sys.gettrace = lambda: None
    return x * 2


def test_a_model_that_replaces_settrace_leaves_no_trace_function_behind(monkeypatch):
    settrace, gettrace = sys.settrace, sys.gettrace
    monkeypatch.setattr(sys, "settrace", settrace)  # put back afterwards
    monkeypatch.setattr(sys, "gettrace", gettrace)
    before = gettrace()
    seen = observe_call(puts_others_in_place, X)
    left = gettrace()
    settrace(before)
    assert left is before
    assert seen.error is None
    assert torch.equal(seen.value, X * 2)
    assert [node.operation for node in seen.graph.nodes] == ["input", "mul", "output"]
