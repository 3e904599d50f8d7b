"""Time per call: in turn, within the budget, and without a trace of it afterwards."""

from __future__ import annotations

import sys
from functools import partial
from itertools import count
from pathlib import Path
from statistics import median, quantiles

import pytest
import torch
from torch import nn
from torch.nn.modules import module as module_source

from explorer import Experiment, Hook
from explorer.catalog import build
from explorer.measure.bare_call import BareCall, bare_call
from explorer.measure.timing import MOST_ROUNDS, Timing, _Side, time_calls
from explorer.runtime.isolation import isolated
from tests.helpers import bare


def test_both_sides_are_timed_as_often_and_each_call_takes_time():
    found = time_calls(Experiment(model="simple"), Experiment(model="simple", call="forward"), budget=0.05)
    assert found is not None
    assert len(found.left) == len(found.right) <= MOST_ROUNDS
    assert min(*found.left, *found.right) > 0


@pytest.mark.parametrize(("budget", "counted"), [(0.002, 1), (0.022, 2), (0.101, 18), (9.0, MOST_ROUNDS)])
def test_no_turn_begins_that_would_pass_the_budget(budget, counted):
    """Each reading of this clock is a millisecond later. A turn reads it five times: twice a side, and for the budget.

    So 22 ms have room for four turns and 101 ms for twenty, of which the first two warm up; one counts in any case.
    """
    readings = count()
    simple = Experiment(model="simple")
    found = time_calls(simple, simple, budget=budget, clock=lambda: next(readings) * 1e-3)
    assert found is not None
    assert len(found.left) == len(found.right) == counted


def test_turns_alternate():
    """A clock that counts its readings: each side's turn reads it twice, the left's first."""
    ticks = count()
    seen = []

    def clock():
        seen.append(next(ticks))
        return seen[-1] * 1e-3

    found = time_calls(Experiment(model="function"), Experiment(model="function"), budget=0.02, clock=clock)
    assert found is not None
    assert {round(second, 6) for second in (*found.left, *found.right)} == {1e-3}
    assert len(found.left) == len(found.right)


def test_the_figures_are_those_of_the_calls():
    timing = Timing((1.0, 2.0, 4.0, 4.0), (2.0, 2.0, 2.0, 8.0))
    ratios = (2.0, 1.0, 0.5, 2.0)
    low, _, high = quantiles(ratios, n=4, method="inclusive")
    assert timing.ratio == median(ratios)
    assert timing.ratios == (low, high)


def test_a_call_that_raises_has_no_time():
    assert time_calls(Experiment(model="cnn"), Experiment(model="cnn", size=32)) is None
    assert time_calls(Experiment(model="checkpoint"), Experiment(model="simple")) is None


def test_one_slow_turn_is_enough():
    found = time_calls(Experiment(model="cnn"), Experiment(model="cnn"), budget=0.0)
    assert found is not None
    assert len(found.left) == 1


def test_a_global_hook_is_registered_during_its_own_sides_calls_only(monkeypatch):
    from explorer.measure import timing

    seen = []

    def watched(experiment):
        call = real(experiment)

        def report(*args):
            seen.append((bool(experiment.hooks), len(module_source._global_forward_hooks)))
            return call.function(*args)

        return BareCall(report, call.args)

    real = timing.bare_call
    monkeypatch.setattr(timing, "bare_call", watched)
    before = bare.state()
    hooked = Experiment(model="simple", hooks=(Hook(is_global=True),))
    assert time_calls(hooked, Experiment(model="simple"), budget=0.01) is not None
    assert set(seen) == {(True, 1), (False, 0)}
    assert bare.state() == before


@pytest.mark.parametrize(("call", "keyword"), [("call", False), ("forward", False), ("call", True), ("forward", True)])
def test_the_clock_runs_during_the_call_alone(call, keyword):
    """Between the two readings of the clock no Python function of ours begins: the first that does is the model's."""
    began = []

    def watch(frame, event, argument):
        if event == "call" and frame.f_code is not clock.__code__:
            began.append(frame.f_code)

    def clock():
        sys.setprofile(watch if sys.getprofile() is None else None)
        return 0.0

    with isolated(seed=0):
        side = _Side(Experiment(model="simple", call=call, keyword=keyword))
        side.time_one_call(lambda: 0.0)
        try:
            side.time_one_call(clock)
        finally:
            sys.setprofile(None)
    first = nn.Module.__call__ if call == "call" else type(build("simple")).forward
    assert began[0] is first.__code__
    ours = str(Path(bare.CATALOG).parent)
    assert [code for code in began if code.co_filename.startswith(ours) and bare.CATALOG not in code.co_filename] == []


def test_what_is_timed_is_what_is_called():
    with isolated(seed=0):
        called, forward = (bare_call(Experiment(model="simple", call=call)) for call in ("call", "forward"))
    assert isinstance(called.function, nn.Module)
    assert forward.function == forward.function.__self__.forward  # the bound method itself
    with isolated(seed=0):
        named = bare_call(Experiment(model="simple", keyword=True))
    assert isinstance(named.function, partial)
    assert isinstance(named.function.func, nn.Module)


def test_nothing_leaks():
    torch.manual_seed(3)
    before = bare.state()
    time_calls(Experiment(model="dropout", grad="no_grad"), Experiment(model="batchnorm"), budget=0.01)
    assert bare.state() == before
