"""Differences of the usual pairs, by hand."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from explorer import Experiment, Hook, observe, observe_call
from explorer.reading.compare import Aspect, compare
from explorer.reading.compare.aspects import aspects, value_aspects
from explorer.record import Change, Step, Summary
from explorer.torch_source.statements import statement_text
from tests.helpers.pairs import pair, where


def text(observation, step):
    seen = observation.trace.steps[step]
    return statement_text(observation.trace.frames[seen.frame].file, (seen.line, seen.end_line))


def test_call_against_forward_begins_with_the_look_up():
    first, last = pair(Experiment(model="simple"), call="forward").differences
    assert (first.kind, first.first, first.last, first.left, first.right) == ("look-up", 0, 7, 0, 0)
    assert first.aspects[0] == Aspect("", "attribute", "__call__", "forward")
    assert (last.kind, last.right) == ("one side", None)


@pytest.mark.parametrize("model", ["simple", "dropout", "cnn", "batchnorm", "recurrent"])
def test_hook_against_none_begins_with_the_outcome_of_the_check(model):
    seen = pair(Experiment(model=model, hooks=(Hook(),)), hooks=())
    first = seen.differences[0]
    assert first.kind == "branch"
    assert text(seen.left, first.left).startswith("if not (self._backward_hooks or self._backward_pre_hooks or")
    assert text(seen.left, first.left_next) == "result = None"
    assert text(seen.right, first.right_next) == "return forward_call(*args, **kwargs)"
    assert first.aspects == ()


def test_the_mode_reaches_dropout_as_its_argument():
    """Torch's `F.dropout` gets `training`; nothing before it differs, the statement that calls it does."""
    seen = pair(Experiment(model="dropout"), training=False)
    first = seen.differences[0]
    assert (first.kind, where(seen.left, first.left)) == ("values", "dropout call")
    assert first.aspects == (Aspect("training", "value", "True", "False"),)
    rebound = next(d for d in seen.differences if any(aspect.name == "x" for aspect in d.aspects))
    assert rebound.aspects == (Aspect("x", "rebound", "float32 [1, 3]", None),)  # in eval mode the very same tensor
    assert text(seen.left, rebound.left).startswith("x = self.dropout(x)")
    assert rebound.first > first.first


def test_the_mode_parts_batch_norm_at_its_own_check():
    seen = pair(Experiment(model="batchnorm"), training=False)
    first = seen.differences[0]
    assert first.kind == "branch"
    assert text(seen.left, first.left).startswith("if self.training and self.track_running_stats:")
    changed = {aspect.name for d in seen.differences for aspect in d.aspects if aspect.what == "modified in place"}
    assert {"running_mean", "running_var", "self.running_mean", "self.running_var"} <= changed


@pytest.mark.parametrize("model", ["simple", "dropout", "cnn", "batchnorm"])
def test_grad_against_no_grad_differs_in_what_autograd_knows_only(model):
    seen = pair(Experiment(model=model), grad="no_grad")
    assert not any(seen.statements)
    assert {d.kind for d in seen.differences} == {"values"}
    assert {aspect.what for d in seen.differences for aspect in d.aspects} == {"grad_fn", "requires_grad"}
    assert all(aspect.right in ("None", "False") for d in seen.differences for aspect in d.aspects)


def test_a_side_that_raises_parts_at_the_statement():
    seen = pair(Experiment(model="cnn"), size=32)
    raising = next(d for d in seen.differences if d.kind == "branch")
    assert text(seen.left, raising.left).startswith("x = x.view(-1, 32 * 7 * 7)")
    assert seen.right.trace.steps[raising.right_next].kind == "exception"
    assert raising is seen.differences[-1]


def test_nothing_provides_a_call():
    (only,) = pair(Experiment(model="not-a-model"), call="forward").differences
    assert only.kind == "look-up"
    assert Aspect("", "provider", "None", "explorer.catalog.models.callable_article.NotAModel") in only.aspects


def test_a_loop_with_another_turn():
    def short(turns):
        total = 0
        for turn in range(turns):
            total += turn
        return total

    seen = compare(observe_call(short, 2), observe_call(short, 3))
    kinds = [d.kind for d in seen.differences]
    assert kinds == ["values", "branch", "values"]
    branch = seen.differences[1]
    assert text(seen.left, branch.left) == "for turn in range(turns):"
    assert (seen.left.trace.steps[branch.left_next].line, seen.right.trace.steps[branch.right_next].line) != (0, 0)
    assert [row for row in seen.rows if row.right is None] == []
    assert len([row for row in seen.rows if row.left is None]) == 2  # one more turn: `for` and its body


def test_elements_after_those_that_are_quoted_count_too():
    one = observe_call(lambda: torch.arange(9.0)).output
    other = observe_call(lambda: torch.arange(9.0).clamp(max=7.5)).output
    assert list(value_aspects("y", one, other)) == [Aspect("y", "elements", "0, 1, 2, …", "0, 1, 2, …")]


def test_numbers_that_are_none_equal_themselves():
    def nan():
        return torch.full((3,), float("nan"))

    assert compare(observe_call(nan), observe_call(nan)).differences == ()


def test_aspects_of_a_tensor_name_each_respect():
    one = observe(Experiment(model="simple")).output
    other = observe(Experiment(model="simple", seed=1, grad="no_grad", batch=2)).output
    found = {aspect.what: (aspect.left, aspect.right) for aspect in value_aspects("y", one, other)}
    assert found == {
        "shape": ("[1, 2]", "[2, 2]"),
        "grad_fn": ("AddmmBackward0", "None"),
        "requires_grad": ("True", "False"),
    }


def test_equal_shapes_and_other_numbers_are_the_elements():
    one = observe(Experiment(model="simple")).output
    other = observe(Experiment(model="simple", seed=1)).output
    assert [aspect.what for aspect in value_aspects("y", one, other)] == ["elements"]


def a_step(*changes, value=None, line=3):
    return Step(0, "statement", 0, line, line, None, 2, tuple(changes), value)


def test_aspects_of_a_step():
    five, six = Summary("int", "5"), Summary("int", "6")
    assert aspects(a_step(Change("x", "new", five)), a_step(Change("x", "new", five))) == ()
    assert aspects(a_step(Change("x", "new", five)), a_step(Change("x", "new", six))) == (
        Aspect("x", "value", "5", "6"),
    )
    assert aspects(a_step(Change("x", "new", five)), a_step()) == (Aspect("x", "new", "5", None),)
    assert aspects(a_step(), a_step(Change("x", "rebound", six))) == (Aspect("x", "rebound", None, "6"),)
    assert aspects(a_step(Change("x", "new", five)), a_step(Change("x", "rebound", five))) == (
        Aspect("x", "change", "new", "rebound"),
    )
    assert aspects(a_step(value=five), a_step(value=Summary("str", "'5'"))) == (Aspect("", "type", "5", "'5'"),)
    assert aspects(a_step(line=3), a_step(line=4)) == (Aspect("", "line", "3", "4"),)
    twice = Change("x", "rebound", five), Change("x", "modified in place", five)
    assert aspects(a_step(*twice), a_step(twice[0])) == (Aspect("x", "modified in place", "5", None),)


def test_equal_runs_of_another_seed_differ_in_values_only():
    seen = pair(Experiment(model="cnn"), seed=1)
    assert {d.kind for d in seen.differences} == {"values"}
    assert replace(seen.differences[0]).aspects[0].what == "elements"
