"""The caller's code fails at the depth at which a bare call fails, and what comes after is recorded."""

from __future__ import annotations

import sys
import traceback

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from explorer import observe_call
from tests.helpers import bare, deep_models
from tests.helpers.deep_models import DEEP, EndsInLibrary, OwnLimit
from tests.helpers.steps import texts

FILE = deep_models.__file__


def bare_log(model, x):
    """What the model wrote down when it is called bare; the second call, in which Python's instructions are settled."""
    model(x)
    value = model(x)
    return model.log, value


def observed(model, x):
    return observe_call(model, x)


@pytest.mark.parametrize("kind", [*DEEP, OwnLimit, EndsInLibrary], ids=lambda kind: kind.__name__)
def test_the_caller_fails_at_the_depth_of_a_bare_call(kind):
    model, x = kind(), torch.ones(1, 2)
    expected, value = bare_log(model, x)
    before = bare.state(), sys.getrecursionlimit()
    seen = observed(model, x)
    assert seen.error is None
    assert model.log == expected
    assert bare.same(seen.value, value)
    assert (bare.state(), sys.getrecursionlimit()) == before


@pytest.mark.parametrize("kind", [*DEEP, OwnLimit, EndsInLibrary], ids=lambda kind: kind.__name__)
def test_what_comes_after_a_recursion_error_is_recorded(kind):
    model = kind()
    seen = observed(model, torch.ones(1, 2))
    assert seen.unrecorded == ()
    ran = texts(seen, FILE)
    assert "y = self.layer(x)" in ran[-2:]
    assert ran[-1] == "return y * len(self.log)"
    assert seen.trace.steps[-1].kind == "return"
    assert [node.operation for node in seen.graph.nodes][-3:] == ["linear", "mul", "output"]


@pytest.mark.parametrize("kind", [*DEEP, OwnLimit, EndsInLibrary], ids=lambda kind: kind.__name__)
def test_no_line_of_a_bare_call_is_missing(kind):
    model, x = kind(), torch.ones(1, 2)
    model(x)
    _, _, lines = bare.traced(lambda: model(x), FILE)
    model.log.clear()
    seen = observed(model, x)
    found = {file: set(numbers) for file, numbers in seen.trace.executed_lines.items()}
    assert lines
    # The tests' own tracer has no room at the limit, and loses what comes after: it can only find fewer.
    assert all(numbers <= found[file] for file, numbers in lines.items())


def test_the_traceback_shows_nothing_of_the_recording():
    def deep(number):
        return deep(number + 1)

    def caught(x):
        try:
            deep(0)
        except RecursionError as raised:
            return traceback.format_exc(), str(raised), raised.__context__, raised.__cause__
        return x

    expected = caught(0)
    assert observe_call(caught, 0).value == expected


def test_a_recursion_error_that_leaves_the_call_is_its_error():
    def deep(number):
        return deep(number + 1)

    seen = observe_call(deep, 0)
    value, raised = bare.run(lambda: deep(0))
    assert value is None
    assert seen.error is not None
    assert (seen.error.type, seen.error.message) == (type(raised).__name__, str(raised))
    assert seen.unrecorded == ()


@settings(max_examples=12, deadline=None)
@given(limit=st.integers(150, 420), start=st.integers(0, 60))
def test_the_depth_is_the_same_under_each_limit_and_from_each_depth(limit, start):
    model, x = DEEP[1](), torch.ones(1, 2)

    def at_depth(number, function):
        return at_depth(number - 1, function) if number else function()

    before = sys.getrecursionlimit()
    here = len(traceback.extract_stack())
    sys.setrecursionlimit(here + limit + start)
    try:
        at_depth(start, lambda: bare_log(model, x))
        expected, _ = at_depth(start, lambda: bare_log(model, x))
        at_depth(start, lambda: observed(model, x))
        sys.setrecursionlimit(here + limit + start)
        found = model.log
    finally:
        sys.setrecursionlimit(before)
    assert found == expected


def test_a_limit_that_the_call_sets_stays_as_after_a_bare_call():
    before = sys.getrecursionlimit()
    try:
        observe_call(sys.setrecursionlimit, before + 777)
        assert sys.getrecursionlimit() == before + 777
    finally:
        sys.setrecursionlimit(before)


def test_a_module_that_is_called_deep_in_a_recursion_is_recorded():
    class Deep(nn.Module):
        def forward(self, x):
            def down(number):
                return torch.relu(x) if number == 0 else down(number - 1)

            return down(120)

    before = sys.getrecursionlimit()
    sys.setrecursionlimit(len(traceback.extract_stack()) + 150)
    try:
        seen = observe_call(Deep(), torch.ones(2))
    finally:
        sys.setrecursionlimit(before)
    assert seen.error is None
    assert [node.operation for node in seen.graph.nodes] == ["input", "relu", "output"]
