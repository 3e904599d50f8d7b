"""What only one side ran, against an independent tracer and by hand."""

from __future__ import annotations

from dataclasses import replace

import pytest

from explorer import Experiment, Hook
from explorer.measure.bare_call import bare_call
from explorer.runtime.isolation import grad_mode, isolated
from tests.helpers import bare
from tests.helpers.pairs import pair


def lines_of(experiment):
    """{file: lines} of a bare call, by the tests' own tracer."""
    with isolated(seed=experiment.seed):
        call = bare_call(experiment)
        with grad_mode(experiment.grad):
            return bare.traced(call)[2]


@pytest.mark.parametrize(
    ("left", "changes"),
    [
        (Experiment(model="simple"), {"call": "forward"}),
        (Experiment(model="simple", hooks=(Hook(),)), {"hooks": ()}),
        (Experiment(model="batchnorm"), {"training": False}),
        (Experiment(model="dropout"), {"training": False}),
        (Experiment(model="cnn"), {"grad": "no_grad"}),
        (Experiment(model="cnn"), {"size": 32}),
        (Experiment(model="cnn"), {"model": "feedforward", "size": None, "batch": None}),
        (Experiment(model="transformer", training=False), {"grad": "no_grad"}),
    ],
)
def test_statements_are_those_that_an_independent_tracer_sees_on_one_side_only(left, changes):
    seen = pair(left, **changes)
    lines = lines_of(left), lines_of(replace(left, **changes))
    for side, found in enumerate(seen.statements):
        ours, theirs = lines[side], lines[1 - side]
        covered = {(ran.file, line) for ran in found for line in range(ran.first, ran.last + 1)}
        for file, ran_here in ours.items():
            for line in ran_here - theirs.get(file, set()):
                # a line that only this side ran: of a statement of its own, or of one that both ran another part of
                whole = any(ran.file == file and ran.first <= line <= ran.last for ran in found)
                assert whole or line_of_a_shared_statement(seen, file, line), (file, line)
        assert not {(file, line) for file, line in covered if line in theirs.get(file, set())}
        assert all(ours[ran.file] & set(range(ran.first, ran.last + 1)) for ran in found)


def line_of_a_shared_statement(seen, file, line):
    """Whether both sides ran the statement that the line belongs to; a folded `__getattr__` is of none."""
    for run in (seen.left, seen.right):
        spans = [
            (step.line, step.end_line)
            for step in run.trace.steps
            if step.frame is not None and step.kind == "statement" and run.trace.frames[step.frame].file == file
        ]
        if not any(first <= line <= last for first, last in spans):
            return line in run.trace.executed_lines.get(file, ())
    return True


def test_statements_say_what_and_how_often():
    seen = pair(Experiment(model="batchnorm"), training=False)
    by_text = {ran.text: ran for ran in seen.statements.left}
    assert by_text["bn_training = True"].times == 1
    assert by_text["bn_training = True"].function == "_BatchNorm.forward"
    assert by_text["for i in range(len(size) - 2):"].times == 3  # two turns, and the look that ends the loop
    assert [ran.text for ran in seen.statements.right] == [
        "bn_training = (self.running_mean is None) and (self.running_var is None)"
    ]


def test_call_against_forward_has_no_statement_of_its_own_where_a_child_is_called():
    assert not any(pair(Experiment(model="simple"), call="forward").statements)
    only = pair(Experiment(model="not-a-model"), call="forward").statements.right
    assert [ran.text for ran in only] == ["return 3 * x  # the same shape"]


def test_hooks_that_fired_on_one_side_only():
    outer, inner = Hook(), Hook("linear")
    seen = pair(Experiment(model="simple", hooks=(outer, inner)), call="forward")
    runs = {run.hook: (run.left, run.right, run.one_side) for run in seen.hooks}
    assert runs == {outer: (1, 0, True), inner: (1, 1, False)}


def test_a_hook_that_is_registered_on_one_side_only():
    (run,) = pair(Experiment(model="cnn", hooks=(Hook("pool"),)), hooks=()).hooks
    assert (run.left, run.right, run.one_side) == (2, None, True)


def test_calls_of_modules():
    seen = pair(Experiment(model="cnn"), size=32)
    assert [call.module for call in seen.calls.left] == ["fc1", "fc2"]
    assert seen.calls.right == ()
    fused = pair(Experiment(model="transformer", training=False), grad="no_grad")
    assert "encoder.layers.0.self_attn" in [call.module for call in fused.calls.left]
    assert fused.calls.right == ()


def test_notes_of_one_side():
    seen = pair(Experiment(model="dropout"), grad="no_grad")
    assert [" too: " in note for note in seen.notes.left] == [False]
    assert any("Under `no_grad` autograd recorded nothing" in note for note in seen.notes.right)
