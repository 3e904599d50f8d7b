"""The warnings that a call gives are in the record, and a bare call would give the same ones."""

from __future__ import annotations

import sys
import warnings

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from explorer import Experiment, Hook, observe, observe_call
from explorer.reading.narration.narrator import narrate
from tests.helpers import bare

ACTIONS = ("default", "once", "module", "always", "ignore", "error")
KINDS = (UserWarning, DeprecationWarning, RuntimeWarning)


class Warns(nn.Module):
    """Gives what its plan says: (category, text) pairs."""

    def __init__(self, plan):
        super().__init__()
        self.plan = plan

    def forward(self, x):
        for kind, text in self.plan:
            warnings.warn(text, kind, stacklevel=1)
        return x + 1


def registry():
    return sys.modules[__name__].__dict__.setdefault("__warningregistry__", {})


def shown_by(function, action):
    """What is shown, by Python's own functions, and what is left in the module's registry."""
    registry().clear()
    with warnings.catch_warnings():
        warnings.resetwarnings()
        warnings.simplefilter(action)
        shown = []
        warnings.showwarning = lambda message, category, *rest, **more: shown.append((category.__name__, str(message)))
        filters = list(warnings.filters)
        show = warnings.showwarning
        for _ in range(2):  # the second time, what is shown once is not given
            outcome = bare.run(function)
        assert list(warnings.filters) == filters
        assert warnings.showwarning is show
    left = {key for key in registry() if key != "version"}
    return shown, left, type(outcome[1])


@settings(max_examples=40, deadline=None)
@given(
    plan=st.lists(st.tuples(st.sampled_from(KINDS), st.sampled_from(("one", "two", ""))), max_size=4),
    action=st.sampled_from(ACTIONS),
)
def test_a_warning_is_given_as_in_a_bare_call_and_recorded(plan, action):
    model, x = Warns(plan), torch.ones(1)
    records = []

    def call():
        records.append(observe_call(model, x))
        if records[-1].error is not None:
            raise KINDS[[kind.__name__ for kind in KINDS].index(records[-1].error.type)]

    expected = shown_by(lambda: model(x), action)
    assert shown_by(call, action) == expected
    assert [(each.category, each.message) for seen in records for each in seen.warnings] == expected[0]
    for seen in records:
        for each in seen.warnings:
            step = seen.trace.steps[each.step]
            assert (seen.trace.frames[step.frame].file, step.line) == (each.file, each.line) == (__file__, each.line)


def test_a_warning_is_told_at_its_step_and_among_the_notes():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        warnings.simplefilter("always", RuntimeWarning)
        warnings.showwarning = lambda *args, **more: None
        plan = [(UserWarning, "hidden"), (RuntimeWarning, "careful"), (RuntimeWarning, "careful")]
        seen = observe_call(Warns(plan), 1)
    assert [each.message for each in seen.warnings] == ["careful", "careful"]
    first, second = (each.step for each in seen.warnings)
    texts = narrate(seen)
    assert [index for index, text in enumerate(texts) if "A warning is given" in text] == [first, second]
    assert texts[first].endswith("A warning is given (`RuntimeWarning`): `careful`.")
    assert seen.notes[0] == f"A warning is given (`RuntimeWarning`): `careful` (steps {first} and {second})."


def test_a_warning_that_the_model_turns_into_a_list_is_recorded_and_still_in_its_list():
    def forward(x):
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            warnings.warn("kept", stacklevel=1)
        return len(caught)

    seen = observe_call(forward, 1)
    assert seen.value == 1
    assert [each.message for each in seen.warnings] == ["kept"]


def test_warnings_of_torch_itself_are_recorded_each_time_by_observe():
    experiment = Experiment(model="dict-output", hooks=(Hook("", "double", "full_backward"),))
    with warnings.catch_warnings(record=True) as shown:
        warnings.simplefilter("default")
        first, second = observe(experiment), observe(experiment)
        assert shown == []
    assert len(first.warnings) == 1
    assert first.warnings[0].by_torch
    assert first.warnings[0].message.startswith("For backward hooks to be called")
    assert first == second
    assert any(note.startswith("torch warns (`UserWarning`): `For backward hooks") for note in first.notes)


def test_a_warning_that_torch_gives_once_for_the_process_is_in_every_record():
    experiment = Experiment(model="simple", hooks=(Hook("", "observe", "full_backward"),), backward=True)
    assert observe(experiment).warnings == observe(experiment).warnings


def test_observe_leaves_filters_and_the_way_of_showing_as_they_were():
    filters, show, always = list(warnings.filters), warnings.showwarning, torch.is_warn_always_enabled()
    observe(Experiment(model="simple"))
    assert (list(warnings.filters), warnings.showwarning, torch.is_warn_always_enabled()) == (filters, show, always)


@pytest.mark.parametrize("text", ["", "a\nb", "x" * 1000, "`code`"])
def test_any_text_becomes_one_bounded_line(text):
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.showwarning = lambda *args, **more: None
        seen = observe_call(Warns([(UserWarning, text)]), 1)
    assert len(seen.warnings) == 1
    assert "\n" not in seen.notes[0]
    assert len(seen.notes[0]) < 250
    assert seen.to_json()
