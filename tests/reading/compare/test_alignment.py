"""Rows: by hand for the usual pairs, and what must hold for any two runs."""

from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer import Experiment, Hook, observe
from explorer.reading.compare import compare
from explorer.reading.compare.alignment import Row, _in_order, align
from tests.helpers.experiments import experiments
from tests.helpers.pairs import pair, where


def places(comparison):
    return [(where(comparison.left, row.left), where(comparison.right, row.right)) for row in comparison.rows]


CALL_OF_LINEAR = [
    "_wrapped_call_impl call",
    "_wrapped_call_impl statement",  # if self._compiled_call_impl is not None
    "_wrapped_call_impl statement",  # return self._call_impl(...)
    "_call_impl call",
    "_call_impl statement",  # forward_call = ...
    "_call_impl statement",  # if not (self._backward_hooks or ...)
    "_call_impl statement",  # return forward_call(...)
]


def both(names):
    return [(name, name) for name in names]


def only_left(names):
    return [(name, None) for name in names]


def test_call_against_forward():
    """By hand: the frames of `__call__` are the left's alone; `forward` is matched though it is deeper there."""
    seen = pair(Experiment(model="simple"), call="forward")
    inner = [*CALL_OF_LINEAR, "forward call", "forward statement", "forward return", "_call_impl return",
             "_wrapped_call_impl return"]  # fmt: skip
    assert places(seen) == [
        ("lookup", "lookup"),
        *only_left(CALL_OF_LINEAR),
        *both(["forward call", "forward statement", *inner, "forward statement", "forward return"]),
        *only_left(["_call_impl return", "_wrapped_call_impl return"]),
    ]


def test_forward_against_call_is_the_mirror():
    one = pair(Experiment(model="simple"), call="forward")
    other = pair(Experiment(model="simple", call="forward"), call="call")
    assert [Row(row.right, row.left) for row in one.rows] == list(other.rows)


def test_hook_against_none():
    """By hand: after the shared `if`, the left goes through `inner` and the right straight on; `forward` is shared."""
    seen = pair(Experiment(model="simple", hooks=(Hook(),)), hooks=())
    found = places(seen)
    assert found[:7] == both(["lookup", *CALL_OF_LINEAR[:6]])
    start = found.index(("forward call", "forward call"))
    left = [name for name, other in found[7:start] if other is None]
    assert left[:6] == ["_call_impl statement"] * 6
    assert left[6] == "inner call"
    assert set(left[7:]) == {"inner statement"}
    assert [name for other, name in found[7:start] if other is None] == ["_call_impl statement"]
    # the hook itself is the left's; the returns of the two frames that both have are matched
    assert ("observe#1 call", None) in found
    assert found[-2:] == both(["_call_impl return", "_wrapped_call_impl return"])


def test_a_hook_is_known_by_what_it_is_and_not_by_its_number():
    """The left's second hook is the right's first."""
    hooks = (Hook("linear", "double"), Hook("", "observe"))
    seen = pair(Experiment(model="simple", hooks=hooks), hooks=hooks[1:])
    found = places(seen)
    assert ("observe#2 call", "observe#1 call") in found
    assert ("double#1 call", None) in found


@pytest.mark.parametrize("model", ["dropout", "cnn"])
def test_without_branches_the_mode_changes_no_row(model):
    seen = pair(Experiment(model=model), training=False)
    assert [row.left for row in seen.rows] == [row.right for row in seen.rows] == list(range(len(seen.rows)))


def test_batch_norm_parts_only_inside_itself():
    seen = pair(Experiment(model="batchnorm"), training=False)
    alone = {name for row in places(seen) if None in row for name in row if name}
    assert alone <= {"forward statement", "batch_norm statement", "_verify_batch_size call",
                     "_verify_batch_size statement", "_verify_batch_size return"}  # fmt: skip


def test_a_loop_that_runs_longer_on_one_side_keeps_its_order():
    """`transformer` in eval mode: with gradients each layer goes step by step, without them in one operation."""
    seen = pair(Experiment(model="transformer", training=False), grad="no_grad")
    calls = [name for name in places(seen) if name[0] == name[1] and name[0] and name[0].endswith("forward call")]
    assert len(calls) >= 4  # classifier, encoder, and its two layers are the same calls on both sides


@given(st.permutations(range(6)))
def test_of_several_longest_orders_the_same_is_taken_from_either_side(order):
    """Tokens in order on the left, in any on the right."""
    left, right = [(number, number) for number in range(6)], [(number, at) for at, number in enumerate(order)]
    pairs = _in_order(left, right)
    assert pairs == sorted(pairs)
    assert [b for _, b in pairs] == sorted(b for _, b in pairs)
    assert len(pairs) == max(
        len(chosen) for size in range(7) for chosen in combinations(order, size) if list(chosen) == sorted(chosen)
    )
    assert [(b, a) for b, a in _in_order(right, left)] == [(b, a) for a, b in pairs]


@pytest.mark.slow
@settings(max_examples=25, deadline=None)
@given(experiments())
def test_a_run_against_itself(experiment):
    one = observe(experiment)
    seen = compare(one, observe(experiment))
    assert list(seen.rows) == [Row(step, step) for step in range(len(one.trace.steps))]
    assert not seen.differences
    assert not any((*seen.statements, *seen.calls, *seen.notes, *seen.output))
    assert not any(run.one_side for run in seen.hooks)


@pytest.mark.slow
@settings(max_examples=40, deadline=None)
@given(experiments(), experiments())
def test_any_two_runs(left, right):
    """Every step once and in order; swapping the sides mirrors all of it."""
    ours, theirs = observe(left), observe(right)
    seen, mirrored = compare(ours, theirs), compare(theirs, ours)
    for side, run in enumerate((ours, theirs)):
        assert [row[side] for row in seen.rows if row[side] is not None] == list(range(len(run.trace.steps)))
    assert (None, None) not in seen.rows
    for row in seen.rows:
        if None not in row:
            assert_same_step(ours, theirs, row)
    assert {row for row in seen.rows if None not in row} == {
        (row.right, row.left) for row in mirrored.rows if None not in row
    }
    assert seen.statements == mirrored.statements[::-1]
    assert seen.calls == mirrored.calls[::-1]
    assert seen.notes == mirrored.notes[::-1]
    assert {(run.hook, run.left, run.right) for run in seen.hooks} == {
        (run.hook, run.right, run.left) for run in mirrored.hooks
    }
    assert [difference.kind for difference in seen.differences] == [d.kind for d in mirrored.differences]
    assert [(d.first, d.last) for d in seen.differences] == [(d.first, d.last) for d in mirrored.differences]


def assert_same_step(ours, theirs, row):
    one, other = ours.trace.steps[row.left], theirs.trace.steps[row.right]
    assert one.kind == other.kind
    if one.frame is None:
        return
    mine, yours = ours.trace.frames[one.frame], theirs.trace.frames[other.frame]
    assert (mine.file, mine.module, mine.module_call) == (yours.file, yours.module, yours.module_call)
    if one.kind != "return":
        assert (one.line, one.end_line) == (other.line, other.end_line)


@pytest.mark.slow
@settings(max_examples=25, deadline=None)
@given(experiments(), experiments())
def test_differences_cover_the_rows_of_one_side(left, right):
    seen = compare(observe(left), observe(right))
    covered = [row for d in seen.differences for row in range(d.first, d.last + 1)]
    assert covered == sorted(set(covered))
    assert {at for at, row in enumerate(seen.rows) if None in row} <= set(covered)


def test_train_and_eval_share_most_of_their_steps():
    one = observe(Experiment(model="resnet18"))
    other = observe(Experiment(model="resnet18", training=False))
    shared = [row for row in align(one, other) if None not in row]
    assert len(shared) > 0.95 * min(len(one.trace.steps), len(other.trace.steps))
