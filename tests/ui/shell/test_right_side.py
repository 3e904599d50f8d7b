"""The URL's `with`: whatever it says there is a right side, and what is spelled is read back."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer import Experiment, Hook
from explorer.ui.pages.compare.controls import usual_pairs
from explorer.ui.shell.right_side import (
    all_params,
    called_the_other_way,
    named_params,
    right_side,
    right_side_text,
)
from tests.helpers.experiments import experiments

CNN = Experiment()


def test_nothing_asked_for_is_the_other_way_to_call():
    assert right_side(CNN, None) == (replace(CNN, call="forward"), ())
    assert right_side(replace(CNN, call="forward"), None) == (CNN, ())


@pytest.mark.parametrize(
    ("left", "text", "right"),
    [
        (CNN, "mode=eval", replace(CNN, training=False)),
        (replace(CNN, training=False), "mode=train", CNN),
        (CNN, "?mode=eval&grad=no_grad", replace(CNN, training=False, grad="no_grad")),
        (CNN, "anywhere/compare?seed=3", replace(CNN, seed=3)),
        (replace(CNN, seed=4), "mode=eval", replace(CNN, seed=4, training=False)),  # the rest follows the left
        (replace(CNN, hooks=(Hook("conv1"),)), "hook=none", CNN),
        (replace(CNN, hooks=(Hook("conv1"),)), "hook=double", replace(CNN, hooks=(Hook("", "double"),))),
        (replace(CNN, size=32), "model=simple&seed=1", Experiment(model="simple", seed=1)),  # what fits
    ],
)
def test_what_is_named_is_the_rights_own(left, text, right):
    assert right_side(left, text) == (right, ())


@pytest.mark.parametrize("text", ["", "&&&", "%%%", "nonsense", "="])
def test_nonsense_is_the_default_and_a_sentence(text):
    right, doubts = right_side(CNN, text)
    assert right == called_the_other_way(CNN)
    assert len(doubts) == 1


def test_each_part_that_is_not_understood_is_said():
    right, doubts = right_side(CNN, "mode=sideways&grad=no_grad&speed=3")
    assert right == replace(CNN, grad="no_grad")
    assert len(doubts) == 2
    assert "'speed'" in doubts[0]
    assert "sideways" in doubts[1]


@given(st.text(max_size=60))
def test_no_text_raises(text):
    right, _ = right_side(CNN, text)
    assert isinstance(right, Experiment)


@pytest.mark.slow
@given(experiments(), experiments())
def test_what_is_spelled_is_read_back(left, right):
    assert right_side(left, right_side_text(left, right)) == (right, ())
    assert named_params(right_side_text(left, right))


@given(experiments())
def test_the_same_run_has_a_spelling_too(left):
    assert right_side(left, right_side_text(left, left)) == (left, ())


@pytest.mark.slow
@given(experiments(), experiments())
def test_spelled_out_it_holds_whatever_the_left_is(held, left):
    text = "&".join(f"{name}={value}" for name, value in all_params(held).items())
    assert right_side(left, text) == (held, ())


def test_what_is_always_named_is_named_though_it_equals_the_left():
    text = right_side_text(CNN, replace(CNN, seed=3), always_named=("mode",))
    assert named_params(text) == {"mode": "train", "seed": "3"}


@given(experiments())
def test_each_usual_pair_changes_what_it_says(left):
    pairs = usual_pairs(left)
    assert list(pairs) == ["call / forward", "train / eval", "grad / no_grad", "hook / none"]
    for field, right in zip(("call", "training", "grad", "hooks"), pairs.values(), strict=True):
        if right is not None:
            assert getattr(right, field) != getattr(left, field)
            assert replace(right, **{field: getattr(left, field)}) == left
    assert bool(pairs["hook / none"]) == bool(pairs["train / eval"])
