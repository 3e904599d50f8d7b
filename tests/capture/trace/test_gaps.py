"""Where another trace function than the recorder's is in place, or none, the record says so."""

from __future__ import annotations

import cProfile
import sys

import torch

from explorer import observe_call
from tests.helpers import bare

X = torch.ones(1, 2)


def helper(x):
    return x * 2


def takes_it_away(x):
    sys.settrace(None)
    x = helper(x)
    x = helper(x)
    return x + 1


def takes_it_away_and_back(x):
    before = sys.gettrace()
    sys.settrace(None)
    y = len("nothing runs here that torch sees")
    sys.settrace(before)
    return helper(x) * y


def turn_off():
    sys.settrace(None)


def turn_on(before):
    sys.settrace(before)


def turns_off_and_on_elsewhere(x):
    before = sys.gettrace()
    turn_off()
    y = len("nothing runs here that torch sees")
    turn_on(before)
    return helper(x) * y


def sets_its_own(x):
    events = []
    sys.settrace(lambda frame, event, argument: events.append(frame.f_code.co_name))
    x = helper(x)
    sys.settrace(None)
    return x, [name for name in events if name == "helper"]


def profiles(x):
    events = []
    sys.setprofile(lambda frame, event, argument: events.append(event))
    x = helper(x)
    sys.setprofile(None)
    return x, "call" in events


def test_recording_goes_on_at_the_next_operation():
    seen = observe_call(takes_it_away, X)
    (gap,) = seen.unrecorded
    assert (gap.kind, gap.name, gap.operations, gap.others_go_on) == ("gap", "takes_it_away", 1, False)
    assert gap.until is not None
    called = [step for step in seen.trace.steps if step.kind == "call"]
    assert [seen.trace.frames[step.frame].function for step in called] == ["takes_it_away", "helper"]
    assert seen.trace.steps[-1].kind == "return"
    assert seen.notes[0] == (
        f"After step {gap.step}, in `takes_it_away`, nothing is recorded until step {gap.until}: `takes_it_away` calls "
        "`sys.settrace`, which took the recorder's trace function away; 1 operation ran meanwhile, which the graph has."
    )


def test_a_gap_without_an_operation_is_told_too():
    seen = observe_call(takes_it_away_and_back, X)
    assert seen.value.shape == (1, 2)
    (gap,) = seen.unrecorded
    steps = seen.trace.steps
    assert (gap.kind, gap.operations, steps[gap.until].line - steps[gap.step].line) == ("gap", 0, 3)
    assert "in `takes_it_away_and_back`, nothing is recorded until" in seen.notes[0]


def test_a_gap_that_other_functions_open_and_close_is_told():
    seen = observe_call(turns_off_and_on_elsewhere, X)
    assert [gap.kind for gap in seen.unrecorded] == ["gap"]
    functions = [frame.function for frame in seen.trace.frames]
    assert functions == ["turns_off_and_on_elsewhere", "turn_off", "helper"]


def test_a_trace_function_of_the_models_own_is_told_what_it_is_told_in_a_bare_call():
    expected = sets_its_own(X)[1]
    seen = observe_call(sets_its_own, X)
    assert seen.value[1] == expected == ["helper"]
    (gap,) = seen.unrecorded
    assert gap.others_go_on
    assert "put another trace function in place, `sets_its_own.<locals>.<lambda>`" in seen.notes[0]
    assert "no function that begins is recorded" in seen.notes[0]


def test_a_profile_function_of_the_models_own_works():
    assert observe_call(profiles, X).value[1]


def test_trace_and_profile_functions_are_as_before():
    def tracer(frame, event, argument):
        return None

    for function in (takes_it_away, takes_it_away_and_back, sets_its_own, profiles, helper):
        before = bare.state()
        observe_call(function, X)
        assert bare.differing(before, bare.state()) == []
        sys.settrace(tracer)
        try:
            seen = observe_call(function, X)
            assert sys.gettrace() is tracer
        finally:
            sys.settrace(None)
        assert any("`test_trace_and_profile_functions_are_as_before.<locals>.tracer`" in note for note in seen.notes)


def test_a_profiler_written_in_c_goes_on():
    profiler = cProfile.Profile()
    profiler.enable()
    try:
        observe_call(helper, X)
        assert sys.getprofile() is profiler
    finally:
        profiler.disable()


def test_a_plain_call_has_no_gap():
    assert observe_call(helper, X).unrecorded == ()
