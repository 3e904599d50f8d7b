"""Sentences and tables about two runs."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from hypothesis import given, settings

from explorer import Experiment, Hook, observe
from explorer.catalog import build, example_inputs
from explorer.measure.outcomes import Outcomes, measure_outcomes
from explorer.measure.timing import Timing
from explorer.reading.compare import compare
from explorer.ui.pages.compare import tables
from explorer.ui.pages.compare.difference_words import difference_sentence, how_many
from explorer.ui.pages.compare.payload import pair_payload
from explorer.ui.pages.compare.result_words import (
    backward_sentence,
    hook_sentence,
    label,
    output_sentence,
    per_call,
    timing_sentence,
)
from tests.helpers.experiments import experiments
from tests.helpers.pairs import pair


def first(left, **changes):
    seen = pair(left, **changes)
    return difference_sentence(seen, seen.differences[0])


def test_the_first_difference_of_the_usual_pairs():
    simple = Experiment(model="simple")
    assert first(simple, call="forward") == (
        "Python looks for `__call__` on the left, for `forward` on the right. "
        "Only the left runs 7 steps in `_wrapped_call_impl` and `_call_impl`."
    )
    assert first(Experiment(model="dropout"), training=False).endswith(
        "When `dropout` begins, `training` is `True` on the left and `False` on the right."
    )
    assert first(simple, grad="no_grad").endswith(
        "What `Linear.forward` returns has `grad_fn` `AddmmBackward0` on the left and `None` on the right; "
        "`requires_grad` differs too."
    )
    hooked = first(replace(simple, hooks=(Hook(),)), hooks=())
    assert hooked.startswith("`if not (self._backward_hooks or ")
    assert ", in `_call_impl` of the model: the left goes on at line " in hooked


def test_how_many_differences_there_are():
    simple = Experiment(model="simple")
    assert how_many(pair(simple, call="forward")) == "**The steps differ in 2 places.**"
    assert how_many(pair(simple, training=False)).startswith("**No step differs.** Both sides ran the same 26 steps")
    assert how_many(pair(Experiment(model="checkpoint"), call="forward")) == "**The steps differ in one place.**"


def test_a_side_that_raises_is_said():
    seen = pair(Experiment(model="cnn"), size=32)
    last = difference_sentence(seen, seen.differences[-1])
    assert "`x = x.view(-1, 32 * 7 * 7)`" in last
    assert last.endswith("on the right it raises `RuntimeError`.")


def outcome(left, **changes):
    right = replace(left, **changes)
    return output_sentence(compare(observe(left), observe(right)), measure_outcomes(left, right))


def test_outputs():
    cnn = Experiment(model="cnn")
    assert outcome(cnn, call="forward") == "**The outputs are equal**, bit for bit."
    assert outcome(cnn, seed=1).startswith("**The outputs differ** by up to 0.")
    assert outcome(cnn, size=32).startswith("**Only the right raised** `RuntimeError` in `CNN.forward`, line ")
    assert outcome(cnn, batch=2).startswith("**The row that both have is equal")
    assert (
        outcome(Experiment(model="checkpoint"), call="forward") == "**Both raised** `TypeError` and `AttributeError`."
    )


def test_outputs_that_differ_in_the_sign_of_a_zero_are_of_one_type():
    left = Experiment(model="dropout", p=0.95)
    outputs = []
    for seed in (0, 1):
        model, inputs = build("dropout", seed=seed, p=0.95), example_inputs("dropout", seed=seed)
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            outputs.append(model(*inputs))
    assert torch.equal(*outputs)  # -0.0 equals 0.0
    assert outputs[0].dtype == outputs[1].dtype
    assert not torch.equal(*(output.signbit() for output in outputs))
    assert outcome(left, seed=1) == "**The outputs differ** in the sign of a zero, but in no number."


def test_outputs_that_differ_in_their_type_are_said_to():
    simple = observe(Experiment(model="simple"))
    seen = compare(simple, simple)
    assert output_sentence(seen, Outcomes(False, False, 0.0, {}, {}, 0, 0)) == (
        "**The outputs differ** in their type, but in no number."
    )
    assert output_sentence(seen, Outcomes(None, True, None, {}, {}, 0, 0)).startswith(
        "**The outputs cannot be compared**: they hold objects"
    )
    # Two infinities, or what is not a number: there is no largest difference.
    assert output_sentence(seen, Outcomes(False, True, None, {}, {}, 0, 0)) == (
        r"**The outputs differ** in what they hold: both are float32 \[1\, 2\]."
    )


def test_hooks_that_fired_on_one_side():
    seen = pair(Experiment(model="simple", hooks=(Hook(), Hook("linear", "double"))), call="forward")
    assert hook_sentence(seen.hooks) == (
        "The forward hook `observe` on the outermost module fired once on the left and did not fire on the other."
    )
    assert hook_sentence(pair(Experiment(model="simple"), grad="no_grad").hooks) == ""


def test_a_hook_that_was_compiled_is_not_said_to_have_been_idle():
    """Compiled with its module's caller it has no frame, though it doubled the output."""
    left = Experiment(model="simple", hooks=(Hook("linear", "double"), Hook(is_global=True)))
    right = replace(left, entry_mode="compile")
    seen, measured = compare(observe(left), observe(right)), measure_outcomes(left, right)
    assert measured.equal
    assert hook_sentence(seen.hooks) == (
        "The forward hook `double` on `linear` fired once on the left and did not run as Python on the other."
    )
    assert hook_sentence(compare(seen.right, seen.left).hooks) == (
        "The forward hook `double` on `linear` fired once on the right and did not run as Python on the other."
    )
    rows = {row["what"]: (row["left"], row["right"]) for row in tables.results(seen, measured, None)}
    assert rows["The forward hook `double` on `linear`"] == ("fired once", "did not run as Python")
    assert rows["The global forward hook `observe` on every module"] == ("fired twice", "fired once from Python")
    assert hook_sentence(pair(right, hooks=()).hooks) == (
        "The global forward hook `observe` on every module fired once from Python on the left and is not registered on "
        "the other."
    )


def test_a_label_says_what_tells_a_side_from_the_other():
    one = Experiment(model="dropout")
    assert label(one, replace(one, call="forward")) == ""  # the expression says it
    assert label(one, replace(one, training=False, seed=3)) == "train, seed 0"
    assert label(replace(one, grad="no_grad", p=0.25), one) == "no_grad, p 0.25"
    assert label(replace(one, hooks=(Hook(), Hook())), one) == "2 hooks"


def test_times_are_the_median_and_the_middle_half():
    assert per_call((1e-3, 2e-3, 3e-3, 4e-3, 5e-3)) == "3 ms (2 to 4)"
    assert per_call((5e-4, 6e-4, 6.67e-4, 1.39e-3, 2e-3)) == "667 µs (600 to 1,390)"
    assert per_call((2.5e-5,) * 5) == "25 µs (25 to 25)"
    assert per_call((1.5,) * 6) == "1.5 s (1.5 to 1.5)"
    said = timing_sentence(Timing((1e-3,) * 5, (2e-3,) * 5))
    assert "median of 5 bare calls" in said
    assert "Turn by turn, the right took 2.00 times as long as the left (median; middle half 2.00 to 2.00)" in said


@pytest.mark.parametrize("rounds", [1, 2, 4])
def test_few_times_have_no_middle_half_and_no_ratio(rounds):
    assert per_call((1.5,) * rounds) == "1.5 s"
    said = timing_sentence(Timing((1e-3,) * rounds, (2e-3,) * rounds))
    assert ("one bare call of" if rounds == 1 else f"median of {rounds} bare calls of") in said
    assert "times as long" not in said
    assert "middle half" not in said


def test_models_that_differ_are_named_though_the_call_differs_too():
    said = first(Experiment(hooks=(Hook(),)), model="simple", call="forward", hooks=(), size=None)
    assert said.startswith(
        "The left is a `CNN`, the right a `SimpleModel`. "
        "Python looks for `__call__` on the left, for `forward` on the right. Only the left runs "
    )


def test_a_backward_pass_on_one_side_is_said():
    simple = Experiment(model="simple", backward=True)
    assert backward_sentence(pair(simple, backward=False)) == "Only the left called `backward()`."
    assert backward_sentence(pair(simple, seed=1)) == ""
    without = pair(simple, grad="no_grad")
    assert "does not require grad" in without.right.backward.error.message
    assert backward_sentence(without) == "Only the left's `backward()` had something to go back through."
    assert backward_sentence(pair(replace(simple, grad="no_grad"), grad="inference_mode")) == ""
    # Nothing to sum, or no output at all: then there was no loss to call it on.
    assert backward_sentence(pair(simple, hooks=(Hook(action="zero"),))) == "Only the left called `backward()`."
    raised = replace(simple, hooks=(Hook(action="raise"),))
    assert backward_sentence(pair(raised, hooks=())) == "Only the right called `backward()`."
    assert how_many(pair(simple, backward=False)).startswith("**No step differs.**")


def test_the_table_of_results():
    left, right = Experiment(model="dropout"), Experiment(model="dropout", training=False, hooks=(Hook(),))
    seen = compare(observe(left), observe(right))
    rows = {
        row["what"]: (row["left"], row["right"]) for row in tables.results(seen, measure_outcomes(left, right), None)
    }
    assert rows["Its `grad_fn`"] == ("` MulBackward0 `", "` AddmmBackward0 `")
    assert rows["…only here"] == ("` MulBackward0 `", "none")
    assert rows["The forward hook `observe` on the outermost module"] == ("not registered", "fired once")
    assert "Time per call" not in rows


def results(left, **changes):
    seen = pair(left, **changes)
    return {
        row["what"]: (row["left"], row["right"]) for row in tables.results(seen, measure_outcomes(left, left), None)
    }


def test_what_there_is_none_of_is_told_in_one_word():
    assert results(Experiment(model="simple"), grad="no_grad")["Its `grad_fn`"] == ("` AddmmBackward0 `", "none")


def test_a_modules_second_call_is_no_item_of_its_own():
    """The CNN's forward stops at `view`: `pool` was called twice, and `fc1`, `fc2` never."""
    assert results(Experiment(size=32), model="simple", size=None)["…only here"][0] == (
        "the outermost, ` conv1 `, ` pool `, ` conv2 `, ` pool ` (call 2)"
    )


def test_the_table_tells_what_backward_gave():
    simple = Experiment(model="simple", backward=True)
    assert "`backward()`" not in results(Experiment(model="simple"), seed=1)
    assert results(simple, backward=False)["`backward()`"] == ("gave 2 of 2 parameters a gradient", "was not made")
    assert "…gradients of another norm" not in results(simple, call="forward")
    seen = results(simple, seed=1)
    told = {gradient.name: gradient.norm for gradient in observe(simple).backward.gradients}
    assert seen["…gradients of another norm"][0].startswith(f"` linear.weight ` {told['linear.weight']:.4g}")
    assert results(simple, grad="no_grad")["`backward()`"][1].startswith("The call ran under `no_grad`")


@pytest.mark.parametrize("model", ["simple", "cnn"])
def test_a_statement_is_shown_as_it_is_written(model):
    seen = pair(Experiment(model=model, hooks=(Hook(),)), hooks=())
    found = tables.statements(seen)
    assert {row["only on the"] for row in found} == {"left"}
    assert any(row["statement"] == "` result = None `" for row in found)
    assert all("/site-packages/" not in row["in"] for row in found)


@pytest.mark.slow
@settings(max_examples=25, deadline=None)
@given(experiments(), experiments())
def test_any_two_runs_can_be_told(left, right):
    seen = compare(observe(left), observe(right))
    measured = measure_outcomes(left, right)
    assert output_sentence(seen, measured)
    assert tables.results(seen, measured, None)
    payload = pair_payload(seen, (label(left, right), label(right, left)))
    assert len(payload["rows"]["left"]) == len(payload["rows"]["right"]) == len(seen.rows)
    for difference in payload["differences"]:
        assert difference["text"].endswith(".")
        assert difference["text"].count("`") % 2 == 0
        assert difference["text"][0].isupper() or difference["text"][0] == "`"
