"""The check of a record against bare runs: it passes where observing changed nothing, and fails on a wrong record."""

from __future__ import annotations

import itertools
import sys
from dataclasses import replace

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from torch import nn

from explorer import Experiment, observe, observe_call
from explorer.catalog import ENTRIES
from explorer.experiment import Hook
from explorer.experiment.prepare import PreparedCall
from explorer.measure import bare_check
from explorer.measure.bare_check import BareCheck, check_against_bare
from explorer.ui.pages.call_path.seal import seal_sentence
from tests.helpers import bare
from tests.helpers.experiments import experiments


def checked(observation) -> BareCheck:
    before = bare.state()
    found = check_against_bare(observation)
    assert bare.differing(before, bare.state()) == []
    assert found is not None
    return found


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("key", [key for key in ENTRIES if key != "resnet18"])
@pytest.mark.parametrize("grad", ["enabled", "inference_mode"])
def test_every_entry_passes(key, grad):
    observation = observe(Experiment(model=key, grad=grad, backward=grad == "enabled"))
    found = checked(observation)
    assert found.passed, found
    assert found.repeatable
    lines = observation.trace.executed_lines
    assert found.raised is (observation.error is not None)
    assert found.lines_agree == found.lines == sum(map(len, lines.values()))
    assert " of " in seal_sentence(found)


@pytest.mark.filterwarnings("ignore")
@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    experiments()
    .filter(lambda each: each.model not in ("resnet18", "recurrent", "transformer"))
    .map(lambda each: replace(each, entry_mode="eager"))
)
def test_any_experiment_passes(experiment):
    assert checked(observe(experiment)).passed


def tampered_lines(observation, change):
    lines = {file: set(numbers) for file, numbers in observation.trace.executed_lines.items()}
    change(lines)
    return replace(observation, trace=replace(observation.trace, executed_lines=lines))


@settings(max_examples=10, deadline=None)
@given(st.data())
def test_a_line_that_is_missing_or_added_is_found(data):
    observation = observe(Experiment(model="feedforward"))
    every = sorted((file, line) for file, lines in observation.trace.executed_lines.items() for line in lines)
    file, line = data.draw(st.sampled_from(every))
    missing = checked(tampered_lines(observation, lambda lines: lines[file].discard(line)))
    assert not missing.passed
    assert (missing.lines - missing.lines_agree, missing.lines_differ) == (1, (f"{file}:{line}",))
    assert f"{missing.lines - 1} of {missing.lines} lines agree" in seal_sentence(missing)
    added = checked(tampered_lines(observation, lambda lines: lines[file].add(1)))
    assert not added.passed
    assert added.lines_differ == (f"{file}:1",)


def test_one_number_of_the_output_that_is_another_is_found():
    observation = observe(Experiment(model="simple"))
    other = observe(Experiment(model="simple", hooks=(Hook("", "double"),))).output
    found = checked(replace(observation, output=other))
    assert (found.passed, found.output_equal, found.repeatable) == (False, False, True)
    assert "the output is another one" in seal_sentence(found)


def test_one_bit_of_what_the_observed_run_gave_is_found(monkeypatch):
    real = bare_check.observe_and_look

    def broken(experiment, look):
        def look_at_another(model, value, exception):
            value = value.detach().clone()
            value.view(torch.int32)[0, 0] ^= 1
            return look(model, value, exception)

        return real(experiment, look_at_another)

    monkeypatch.setattr(bare_check, "observe_and_look", broken)
    found = checked(observe(Experiment(model="simple", grad="no_grad")))
    assert (found.passed, found.output_equal, found.random_state_equal) == (False, False, True)
    assert found.largest_difference is not None
    assert 0 < found.largest_difference < 1e-6
    assert "differs by up to" in seal_sentence(found)


observe_module = sys.modules["explorer.observe"]
COUNT = itertools.count()


class NeverTheSame(nn.Module):
    """Gives another number each time: it cannot be repeated."""

    def forward(self, x):
        return x + next(COUNT)


def test_what_cannot_be_repeated_is_said_to_be(monkeypatch):
    def prepare(experiment):
        return PreparedCall(NeverTheSame(), (torch.ones(1, 2),))

    for module in (observe_module, bare_check):
        monkeypatch.setattr(module, "prepare", prepare)
    found = checked(observe(Experiment(model="simple")))
    assert (found.passed, found.repeatable) == (False, False)
    assert seal_sentence(found).endswith("Two bare runs differ as well: this run cannot be repeated.")


def test_what_is_not_checked():
    assert check_against_bare(observe_call(nn.Identity(), 1)) is None
