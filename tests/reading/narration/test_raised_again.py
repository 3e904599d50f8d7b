"""Exceptions that are raised again, exception groups that are handled in part, and messages that are cut."""

from __future__ import annotations

import contextlib

import pytest

from explorer import observe_call
from explorer.reading.narration.narrator import narrate
from explorer.torch_source.statements import statement_text
from tests.reading.narration.test_claims import unproved

ENDS = "The call ends without a result."


def raise_it(error):
    raise error  # in a function


def kept_and_raised():
    error = ValueError("kept")
    try:
        raise error  # first
    except ValueError:
        pass
    raise error  # last


def kept_and_raised_in_a_function():
    error = ValueError("kept")
    try:
        raise error  # first
    except ValueError:
        pass
    raise_it(error)


def raised_in_a_function_and_here():
    try:
        raise_it(ValueError("kept"))
    except ValueError as error:
        kept = error
    raise kept  # last


def raised_three_times():
    error = ValueError("kept")
    for _ in range(2):
        with contextlib.suppress(ValueError):
            raise_it(error)
    raise error  # last


def raised_and_let_go():
    try:
        raise_it(ValueError("kept"))
    except ValueError:
        raise


def raised_from_a_frame_that_had_another():
    try:
        raise_it(ValueError("kept"))
    except ValueError:
        try:
            raise KeyError("another")
        except KeyError:
            pass
        raise


def around(function):
    try:
        function()
    finally:
        done = True
    return done


RAISING = {
    kept_and_raised: "raise error  # last",
    kept_and_raised_in_a_function: "raise error  # in a function",
    raised_in_a_function_and_here: "raise kept  # last",
    raised_three_times: "raise error  # last",
    raised_and_let_go: "raise error  # in a function",
    raised_from_a_frame_that_had_another: "raise error  # in a function",
}


@pytest.mark.parametrize("is_inside", [False, True])
@pytest.mark.parametrize("function", RAISING, ids=lambda function: function.__name__)
def test_the_call_ends_with_what_was_raised_last(function, is_inside):
    seen = observe_call(around, function) if is_inside else observe_call(function)
    texts = narrate(seen)
    assert [index for index, text in enumerate(texts) if ENDS in text] == [seen.error.step]
    assert statement_text(__file__, (seen.error.line, seen.error.line)) == RAISING[function]
    assert seen.trace.steps[seen.error.step].line == seen.error.line
    assert unproved(seen) == []


@pytest.mark.parametrize("function", RAISING, ids=lambda function: function.__name__)
def test_an_exception_is_raised_again_only_where_a_statement_does_so(function):
    seen = observe_call(around, function)
    (kept,) = [each for each in seen.trace.exceptions if seen.trace.steps[each.step].value.type == "ValueError"]
    expected = {raised_three_times: 2, raised_and_let_go: 0, raised_from_a_frame_that_had_another: 0}.get(function, 1)
    assert len(kept.raised_again) == expected
    again = [text for text in narrate(seen) if text.startswith("This statement raises the same exception again")]
    assert len(again) == expected


def group():
    raise ExceptionGroup("many", [ValueError("a"), ExceptionGroup("inner", [TypeError("b"), ValueError("c")])])


def handles_one_kind():
    try:
        group()
    except* ValueError:
        handled = True
    return handled


def handles_both_kinds():
    handled = []
    try:
        group()
    except* ValueError:
        handled.append(1)
    except* TypeError:
        handled.append(2)
    return handled


def handles_none():
    try:
        group()
    except* KeyError:
        handled = True
    return handled


def raises_another():
    try:
        group()
    except* ValueError:
        raise KeyError("k") from None


def handles_the_rest():
    try:
        handles_one_kind()
    except* TypeError:
        handled = True
    return handled


def said(function, of):
    seen = observe_call(function)
    assert unproved(seen) == []
    frames = [frame.index for frame in seen.trace.frames if frame.function == of]
    return [narrate(seen)[step.index] for step in seen.trace.steps if step.kind == "exception" and step.frame in frames]


def test_an_exception_group_that_is_handled_in_part():
    of = "handles_one_kind"
    assert said(handles_one_kind, of) == [f"`{of}` handles a part of the exception, and the rest leaves it."]
    assert said(handles_both_kinds, "handles_both_kinds") == ["`handles_both_kinds` catches the exception and goes on."]
    (text,) = said(handles_none, "handles_none")
    assert "catches" not in text.replace("does not catch", "")
    assert "handles" not in text.replace("`handles_none`", "")
    first, _ = said(raises_another, "raises_another")
    assert first == "`raises_another` begins to handle the exception in an `except*`."


def test_the_rest_of_a_group_is_no_exception_of_its_own():
    (text,) = said(handles_the_rest, "handles_the_rest")
    assert text.startswith("This statement raises ExceptionGroup: many. It has 1 of the 3 exceptions in ExceptionGroup")
    assert "another one" not in text
    seen = observe_call(handles_the_rest)
    assert [(each.members, each.part_of) for each in seen.trace.exceptions] == [(3, None), (1, 0)]


@pytest.mark.parametrize("message", ["a" * 300, "one\ntwo", "a" * 107 + "\nb", "é" * 200])
def test_a_message_that_is_cut_says_so(message):
    seen = observe_call(raise_it, ValueError(message))
    (text,) = {text for text in narrate(seen) if text.startswith("This statement raises")}
    assert text == f"{text.partition('…')[0]}…. {ENDS}"
    assert seen.error.message == message
    assert unproved(seen) == []


@pytest.mark.parametrize("message", ["short", "a" * 100])
def test_a_message_that_is_whole_has_no_sign(message):
    assert "…" not in "".join(narrate(observe_call(raise_it, ValueError(message))))


def same(function):
    return function


def named(_):
    return same


# fmt: off
def defines():
    @same
    def one(x): return x
    @same
    @named("a")
    def two(x): return x
    @same
    class Three: pass  # noqa: E701
    @same
    def four(
        x): return x
    return one(1), two(1), Three, four(1)
# fmt: on


def test_a_decorated_definition_on_one_line_is_one_statement():
    seen = observe_call(defines)
    (own,) = [frame.index for frame in seen.trace.frames if frame.function == "defines"]
    steps = [step for step in seen.trace.steps if step.frame == own and step.kind == "statement"]
    assert [[change.name for change in step.changes] for step in steps] == [["one"], ["two"], ["Three"], ["four"], []]
    texts = narrate(seen)
    assert not any("torch.compile" in text for text in texts)
    assert [texts[step.index].partition(" is ")[0] for step in steps[:4]] == ["`one`", "`two`", "`Three`", "`four`"]
    assert unproved(seen) == []
