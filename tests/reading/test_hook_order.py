"""In which order hooks ran: as torch's own test suite expects it, and as torch does it when run bare."""

import warnings

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer import Experiment, Hook, observe, observe_call
from explorer.reading.hook_order import hook_order
from tests.helpers import bare
from tests.helpers.experiments import agree, hooks_on
from tests.helpers.hooked import bare_turns


def turns(experiment):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch's, where an always-called hook raises
        return [(turn.number, turn.module) for turn in hook_order(observe(experiment)).runs]


def numbers(hooks, **fields):
    experiment = Experiment(model="example", hooks=tuple(hooks), **fields)
    found = turns(experiment)
    assert found == bare_turns(experiment)
    return [number for number, _ in found]


@pytest.mark.parametrize("kind", ["forward", "forward_pre"])
def test_a_prepended_hook_goes_before_those_that_are_there(kind):
    """torch's suite registers 0 to 4, the second and the last prepended, and expects 4, 1, 0, 2, 3."""
    prepended = (False, True, False, False, True)
    hooks = [Hook("linear", kind=kind, prepend=first) for first in prepended]
    assert numbers(hooks) == [5, 2, 1, 3, 4]


@pytest.mark.parametrize("kind", ["forward", "forward_pre"])
def test_global_hooks_go_first_whenever_they_were_registered(kind):
    hooks = [Hook("", kind=kind), Hook(kind=kind, is_global=True), Hook("", kind=kind, prepend=True)]
    hooks.append(Hook(kind=kind, is_global=True))
    inner = [2, 4]  # the Linear inside has the global ones only
    outer = [2, 4, 3, 1]
    assert numbers(hooks) == (inner + outer if kind == "forward" else outer + inner)


def test_pre_hooks_go_before_forward_and_hooks_after_it_outermost_last():
    hooks = [Hook("", "observe"), Hook("linear"), Hook("linear", kind="forward_pre"), Hook("", kind="forward_pre")]
    assert numbers(hooks) == [4, 3, 2, 1]


def test_a_call_of_forward_leaves_out_the_outermost_module():
    hooks = [Hook(), Hook(kind="forward_pre"), Hook(is_global=True), Hook("linear")]
    assert numbers(hooks, call="forward") == [3, 4]


def test_after_an_exception_only_those_always_called_run_and_none_twice():
    hooks = [Hook("", always_call=True), Hook(""), Hook("", "raise"), Hook("", always_call=True)]
    assert numbers(hooks) == [1, 2, 3, 4]
    hooks = [Hook("linear", "raise"), Hook("linear"), Hook("linear", always_call=True), Hook(always_call=True)]
    assert numbers([*hooks, Hook(is_global=True, always_call=True)]) == [5, 1, 3, 5, 4]


def test_a_module_called_twice_runs_its_hook_twice():
    experiment = Experiment(model="cnn", hooks=(Hook("pool"),))
    assert turns(experiment) == bare_turns(experiment) == [(1, "pool"), (1, "pool")]


@pytest.mark.parametrize("kind", ["full_backward", "full_backward_pre"])
def test_backward_hooks_are_prepended_as_forward_ones_are(kind):
    hooks = [Hook("linear", kind=kind, prepend=first) for first in (False, True, False, False, True)]
    assert numbers(hooks, backward=True) == [5, 2, 1, 3, 4]


def test_going_back_the_outermost_module_comes_first_and_its_pre_hook_before_its_hook():
    hooks = [Hook(at, kind=kind) for at in ("linear", "") for kind in ("full_backward", "full_backward_pre")]
    found = numbers(hooks, backward=True)
    assert found.index(4) < found.index(2) < found.index(1)
    assert found.index(4) < found.index(3)


@st.composite
def hooked(draw):
    model = draw(st.sampled_from(["cnn", "dropout", "feedforward", "recurrent", "transformer", "batchnorm"]))
    return Experiment(
        model=model,
        call=draw(st.sampled_from(["call", "forward"])),
        training=draw(st.booleans()),
        grad=draw(st.sampled_from(["enabled", "enabled", "no_grad", "inference_mode"])),
        hooks=tuple(draw(st.lists(hooks_on(model), min_size=1, max_size=6).filter(agree))),
        keyword=draw(st.booleans()),
        backward=draw(st.booleans()),
    )


@pytest.mark.slow
@settings(max_examples=150, deadline=None)
@given(hooked())
def test_any_hooks_run_in_the_order_in_which_they_run_bare(experiment):
    before = bare.state()
    assert turns(experiment) == bare_turns(experiment)
    assert bare.differing(before, bare.state()) == []


@settings(max_examples=60, deadline=None)
@given(hooked())
def test_each_turn_says_what_its_hook_did(experiment):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        seen = observe(experiment)
    order = hook_order(seen)
    assert order.never_ran == tuple(n for n in range(1, len(order.hooks) + 1) if not order.of(n))
    assert [turn.step for turn in order.runs] == sorted(turn.step for turn in order.runs)
    for turn in order.runs:
        action = order.hooks[turn.number - 1].action
        first = seen.trace.steps[turn.step]
        assert first.kind == "call"
        assert seen.trace.frames[first.frame].function.endswith(f"#{turn.number}")
        assert (turn.raised is not None) == (action == "raise") == (turn.returned is None)
        if action in ("observe", "rebind"):
            assert turn.returned.text == "None"
        if action == "zero":
            assert turn.returned.text == "0"
        if turn.raised is not None:
            assert turn.raised.type == "RuntimeError"
            assert seen.trace.steps[turn.raised_step].frame == first.frame


def test_without_hooks_there_is_no_order():
    assert hook_order(observe(Experiment())).runs == ()
    assert hook_order(observe_call(torch.nn.Linear(2, 1), torch.ones(1, 2))).hooks == ()
