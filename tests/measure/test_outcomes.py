"""Outputs and backward functions, against torch run bare."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest
import torch
from hypothesis import given, settings

from explorer import Experiment, Hook
from explorer.measure.autograd import observe_autograd
from explorer.measure.bare_call import bare_call
from explorer.measure.outcomes import measure_outcomes
from explorer.runtime.isolation import grad_mode, isolated
from tests.helpers import bare
from tests.helpers.experiments import experiments


def output(experiment):
    with isolated(seed=experiment.seed):
        call = bare_call(experiment)
        with grad_mode(experiment.grad):
            return call()


def test_call_and_forward_return_the_same_bits():
    found = measure_outcomes(Experiment(model="cnn"), Experiment(model="cnn", call="forward"))
    assert (found.equal, found.largest_difference) == (True, 0.0)


def test_dropout_differs_by_what_torch_says():
    left, right = Experiment(model="dropout", seed=3), Experiment(model="dropout", seed=3, training=False)
    found = measure_outcomes(left, right)
    assert found.equal is False
    assert found.largest_difference == pytest.approx((output(left) - output(right)).abs().max().item())
    assert (found.only_left, found.only_right) == ({"MulBackward0": 1}, {})


def test_backward_functions_are_those_of_the_autograd_graph():
    left, right = Experiment(model="transformer"), Experiment(model="transformer", training=False)
    found = measure_outcomes(left, right)
    ours, theirs = (Counter(observe_autograd(each).functions) for each in (left, right))
    assert (found.left_functions, found.right_functions) == (ours.total(), theirs.total())
    assert (found.only_left, found.only_right) == (dict(ours - theirs), dict(theirs - ours))


def test_without_gradients_nothing_is_recorded():
    found = measure_outcomes(Experiment(model="cnn"), Experiment(model="cnn", grad="no_grad"))
    assert found.equal is True
    assert found.right_functions == 0
    assert sum(found.only_left.values()) == found.left_functions > 0


def test_dropout_draws_by_the_seed():
    """Weights, input and mask come from the run's own seed."""
    torch.manual_seed(8)  # the caller's own state plays no part
    drawn = Experiment(model="transformer", seed=3)
    assert measure_outcomes(drawn, drawn).equal is True
    assert measure_outcomes(drawn, replace(drawn, training=False)).largest_difference == pytest.approx(
        (output(drawn) - output(replace(drawn, training=False))).abs().max().item()
    )


def test_where_a_side_raises_nothing_is_called_equal():
    found = measure_outcomes(Experiment(model="cnn"), Experiment(model="cnn", size=32))
    assert (found.equal, found.largest_difference) == (None, None)
    both = measure_outcomes(Experiment(model="checkpoint"), Experiment(model="not-a-model"))
    assert both.equal is None


def test_other_shapes_have_no_largest_difference():
    found = measure_outcomes(Experiment(model="cnn"), Experiment(model="simple"))
    assert (found.equal, found.largest_difference) == (False, None)


def test_what_is_no_tensor_is_compared_too():
    found = measure_outcomes(Experiment(model="function"), Experiment(model="function", grad="no_grad"))
    assert found.equal is True


def test_another_type_of_equal_numbers_is_not_equal():
    """A hook that returns 0 for a tensor."""
    found = measure_outcomes(Experiment(model="simple"), Experiment(model="simple", hooks=(Hook(action="zero"),)))
    assert (found.equal, found.same_structure) == (False, False)
    drawn = measure_outcomes(Experiment(model="dropout"), Experiment(model="dropout", seed=1))
    assert (drawn.equal, drawn.same_structure) == (False, True)
    assert measure_outcomes(Experiment(model="cnn"), Experiment(model="cnn", batch=2)).same_structure is False


@pytest.mark.slow
@settings(max_examples=15, deadline=None)
@given(experiments(), experiments())
def test_nothing_leaks(left, right):
    torch.manual_seed(3)
    before = bare.state()
    measure_outcomes(left, right)
    assert bare.state() == before


@pytest.mark.slow
@settings(max_examples=15, deadline=None)
@given(experiments())
def test_a_run_equals_itself_and_swapping_mirrors(experiment):
    found = measure_outcomes(experiment, experiment)
    assert found.equal in (True, None)
    other = replace(experiment, seed=(experiment.seed + 1) % 2**31)
    one, mirrored = measure_outcomes(experiment, other), measure_outcomes(other, experiment)
    assert (one.equal, one.largest_difference) == (mirrored.equal, mirrored.largest_difference)
    assert (one.only_left, one.left_functions) == (mirrored.only_right, mirrored.right_functions)
