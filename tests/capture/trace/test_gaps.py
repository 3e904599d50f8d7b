"""Where another trace function than the recorder's is in place, or none, the record says so."""

from __future__ import annotations

import cProfile
import sys
import threading
from typing import ClassVar

import pytest
import torch
from torch import nn

from explorer import observe_call
from explorer.capture.trace.gaps import UNKNOWN_CAUSE
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


def loses_its_own(x):
    sys._getframe().f_trace = None
    y = 1
    return x * y


def replaces_its_own(x):
    frame = sys._getframe()
    frame.f_trace = lambda *event: None
    return x + 1


def takes_it_from_its_caller():
    sys._getframe(1).f_trace = None


def has_it_taken(x):
    takes_it_from_its_caller()
    return x + 1


def raises_after_it(x):
    sys._getframe().f_trace = None
    y = x + 1
    raise ValueError(y.shape)


class Holds(nn.Module):
    """Calls a function in its forward."""

    def __init__(self, function):
        super().__init__()
        self.function = function

    def forward(self, x):
        x = helper(x)
        try:
            x = self.function(x)
        except ValueError:
            x = x - 1
        return helper(x)


LOSES = {
    loses_its_own: "loses_its_own",
    replaces_its_own: "replaces_its_own",
    has_it_taken: "takes_it_from_its_caller",
    raises_after_it: "raises_after_it",
}


@pytest.mark.parametrize("function", LOSES)
def test_a_frame_that_loses_its_trace_function_is_a_gap_of_that_function(function):
    expected, raised = bare.run(lambda: function(X))
    seen = observe_call(function, X)
    assert bare.same(seen.value, expected)
    assert (seen.error is None) == (raised is None)
    (gap,) = seen.unrecorded
    assert (gap.kind, gap.name, gap.until, gap.operations) == ("gap", function.__name__, None, None)
    assert seen.notes[0] == (
        f"After step {gap.step}, in `{function.__name__}`, nothing is recorded until the call ended: the recorder's "
        f"trace function was taken away, probably by `{LOSES[function]}`, which names `f_trace`."
    )


@pytest.mark.parametrize("function", LOSES)
@pytest.mark.parametrize("wrap", [Holds, lambda function: nn.Sequential(nn.ReLU(), Holds(function), nn.Linear(2, 2))])
def test_recording_goes_on_in_the_caller_of_a_frame_that_lost_its_trace_function(function, wrap):
    model = wrap(function)
    expected = model(X)
    seen = observe_call(model, X)
    assert bare.same(seen.value, expected)
    (gap,) = seen.unrecorded
    steps, frames = seen.trace.steps, seen.trace.frames
    assert gap.until is not None
    assert frames[steps[gap.step].frame].function == gap.name == function.__name__
    assert frames[steps[gap.until].frame].function == "Holds.forward"
    assert [frames[step.frame].function for step in steps if step.kind == "call"].count("helper") == 2
    assert len({frame.depth for frame in frames if frame.function == "helper"}) == 1
    assert steps[-1].kind == "return"


def test_a_frame_that_gets_its_trace_function_back_is_a_gap():
    def away_and_back(x):
        frame = sys._getframe()
        before, frame.f_trace = frame.f_trace, None
        x = x + 1
        frame.f_trace = before
        return x + 2

    seen = observe_call(away_and_back, X)
    assert bare.same(seen.value, away_and_back(X))
    (gap,) = seen.unrecorded
    assert gap.operations is None
    assert seen.trace.steps[-1].kind == "return"


def test_one_that_is_taken_for_ended_and_goes_on_disturbs_nothing():
    def forward(x):
        frame = sys._getframe()
        before, frame.f_trace = frame.f_trace, None
        sys.settrace(None)
        x = x + 1
        frame.f_trace = before
        for _ in range(3):
            x = helper(x)
        return x

    seen = observe_call(Holds(forward), X)
    assert seen.error is None
    assert bare.same(seen.value, Holds(forward)(X))


def test_a_call_of_observe_call_is_observed():
    seen = observe_call(observe_call, nn.ReLU(), X)
    assert seen.error is None
    assert bare.same(seen.value.value, X)
    assert [gap.kind for gap in seen.unrecorded] == ["gap"]


def test_a_cause_that_is_not_known_is_not_blamed_on_a_function():
    take = vars(sys)["set" + "trace"]

    def forward(x):
        x = x + 1  # our own code has set a trace function by now
        take(None)
        return x + 2

    (gap,) = observe_call(forward, X).unrecorded
    assert gap.name.endswith("forward")
    assert gap.cause == UNKNOWN_CAUSE


def test_the_one_that_sets_it_under_another_name_is_blamed():
    def forward(x):
        x, put = x + 1, sys.settrace
        put(None)
        return x + 2

    (gap,) = observe_call(forward, X).unrecorded
    assert gap.cause.startswith(f"`{forward.__qualname__}` calls `sys.settrace`")


class Asked:
    """A trace function that notes what it is asked."""

    asked: ClassVar[list[str]] = []

    def __call__(self, frame, event, argument):
        return self

    def __eq__(self, other):
        self.asked.append("__eq__")
        return True

    def __getattr__(self, name):
        self.asked.append(name)
        raise AttributeError(name)

    __hash__ = None


@pytest.mark.parametrize("put_back", [None, Asked()])
def test_a_trace_function_of_the_callers_is_asked_nothing(put_back):
    def forward(x):
        frame = sys._getframe()
        frame.f_trace = Asked()
        sys.settrace(Asked())
        x = x + 1
        sys.settrace(put_back)
        return x + 2

    Asked.asked.clear()
    observe_call(forward, X)
    threading.settrace(Asked())
    try:
        observe_call(threading.settrace, Asked())
    finally:
        threading.settrace(None)
    assert Asked.asked == []
