"""Which phases were only asked for, on calls read by hand."""

import pytest

from explorer import Experiment, observe
from explorer.experiment import Hook
from explorer.reading.unentered_phases import phases_not_entered

NONE: list[str] = []


@pytest.mark.parametrize(
    ("hook", "phases"),
    [
        (None, NONE),  # no question but those that choose a way
        (Hook(), ["backward set-up", "pre-hooks", "backward wiring"]),
        (Hook(kind="forward_pre"), ["backward set-up", "hooks", "backward wiring"]),
        (Hook(kind="full_backward"), ["pre-hooks", "hooks"]),
    ],
    ids=["none", "forward", "forward pre", "full backward"],
)
def test_phases_whose_condition_was_false(hook, phases):
    seen = observe(Experiment(model="cnn", hooks=(hook,) if hook else ()))
    found = [seen.trace.steps[index] for index in phases_not_entered(seen.trace)]
    assert [step.phase for step in found] == phases
    assert {seen.trace.frames[step.frame].module for step in found} <= {""}


def test_a_call_that_raises_asks_no_further():
    seen = observe(Experiment(model="cnn", size=32, hooks=(Hook(),)))
    assert [seen.trace.steps[index].phase for index in phases_not_entered(seen.trace)] == [
        "backward set-up",
        "pre-hooks",
    ]


def test_with_a_hook_of_each_kind_every_phase_is_entered():
    hooks = (Hook(kind="forward_pre"), Hook(), Hook(kind="full_backward"))
    seen = observe(Experiment(model="simple", hooks=hooks))
    assert phases_not_entered(seen.trace) == ()
