"""Generators and coroutines: what goes on, pauses and is finished, against what their driver sees of them."""

from __future__ import annotations

import asyncio
import contextlib
import inspect
from functools import partial
from itertools import chain, repeat
from operator import methodcaller

import pytest
import torch
from hypothesis import example, given, settings
from hypothesis import strategies as st
from torch import nn

from explorer import observe_call
from explorer.reading.narration.narrator import narrate
from tests.helpers import bare
from tests.reading.narration.test_claims import unproved

X = torch.ones(1, 2)


def plain():
    got = yield 1
    got = yield got
    got = yield
    return got


def catches():
    for number in range(3):
        try:
            yield number
        except ValueError:
            number += 1


def cleans_up():
    done = False
    try:
        yield 1
        yield 2
    finally:
        done = True
    return done


def on_one_line():
    while True:
        yield 1


def gives_out_while_it_cleans_up():
    try:
        yield 1
    finally:
        yield 2


GENERATORS = (plain, catches, cleans_up, on_one_line, gives_out_while_it_cleans_up)
ACTIONS = {
    "next": next,
    "send": lambda made: made.send(5),
    "throw": lambda made: made.throw(ValueError("thrown")),
    "close": lambda made: made.close(),
}


def drive(make, actions):
    """Return what each action came to: (paused before, thrown in, paused after). At the end it is closed."""
    made, seen = make(), []
    for at, name in enumerate(chain(actions, repeat("close"))):
        before = inspect.getgeneratorstate(made)
        if at >= len(actions) and before != "GEN_SUSPENDED":
            return seen
        if before == "GEN_CREATED" and name != "next":  # Python refuses to send, and runs no line of it
            name = "next"
        with contextlib.suppress(StopIteration, ValueError, RuntimeError, GeneratorExit):
            ACTIONS[name](made)
        after = inspect.getgeneratorstate(made)
        if before != "GEN_CLOSED":
            paused = ("yield" if before == "GEN_SUSPENDED" else None, "yield" if after == "GEN_SUSPENDED" else None)
            seen.append((paused[0], name in ("throw", "close"), paused[1]))
    raise AssertionError("not reached")


@given(st.sampled_from(GENERATORS), st.lists(st.sampled_from(sorted(ACTIONS)), min_size=1, max_size=6))
@settings(max_examples=60, deadline=None)
@example(gives_out_while_it_cleans_up, ["next", "close", "next"])
@example(on_one_line, ["next", "next", "throw"])
def test_parts_are_those_that_the_driver_sees(make, actions):
    seen = observe_call(drive, make, actions)
    frames = [frame for frame in seen.trace.frames if frame.function == make.__name__]
    assert [(frame.part.after, frame.part.thrown, frame.part.until) for frame in frames] == seen.value
    assert {frame.part.of for frame in frames} == {"generator"}
    assert unproved(seen) == []


def said(seen, function):
    frames = [frame.index for frame in seen.trace.frames if frame.function == function]
    return [text for step, text in zip(seen.trace.steps, narrate(seen), strict=True) if step.frame in frames]


def sends():
    made = plain()
    next(made)
    made.send(X)
    made.close()


def test_what_a_generator_is_sent_is_told_where_it_goes_on():
    seen = observe_call(sends)
    first = seen.trace.frames[1].first_line
    assert said(seen, "plain") == [
        "`plain` begins.",
        "The function pauses here.",
        "`plain` gives out 1, and pauses at its `yield`.",
        f"`plain` goes on after its `yield`, on line {first + 1}. `got` is float32 [1, 2].",
        "The function pauses here.",
        "`plain` gives out float32 [1, 2], and pauses at its `yield`.",
        f"`plain` goes on at its `yield`, on line {first + 2}: an exception is raised in it there.",
        "The generator is closed: Python raises GeneratorExit where it paused.",
    ]


class Delegates(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(2, 2)

    def forward(self, x):
        x = self.layer((yield x))
        yield from [1, 2]
        result = yield from self.inner(x)
        return result

    def inner(self, x):
        yield x
        return 9


class Drives(nn.Module):
    def __init__(self):
        super().__init__()
        self.steps = Delegates()

    def forward(self, x):
        made = self.steps(x)
        y = next(made) + made.send(x)
        for each in made:
            y = y + each
        return y


def test_a_forward_that_goes_on_is_no_call_of_its_own():
    seen = observe_call(Drives(), X)
    assert [(call.module, call.number) for call in seen.graph.calls] == [("", 1), ("steps", 1), ("steps.layer", 1)]
    assert not any(frame.past_call for frame in seen.trace.frames)
    texts = said(seen, "Delegates.forward")
    assert any("It calls `steps.layer` (Linear). `x` becomes float32 [1, 2]." in text for text in texts)
    assert any("and pauses in its `yield from`." in text for text in texts)
    assert texts[-1] == "`Delegates.forward` is finished, and returns 9."
    assert unproved(seen) == []


async def numbers():
    yield 1
    await asyncio.sleep(0)
    yield 2


@contextlib.asynccontextmanager
async def room():
    await asyncio.sleep(0)
    yield 3


class Waits(nn.Module):
    async def wait(self, x):
        async for number in numbers():
            x = x + number
        async with room() as number:
            x = x * number
        await asyncio.sleep(0)
        return x

    def forward(self, x):
        made = self.wait(x)
        try:
            while True:
                made.send(None)
        except StopIteration as done:
            return done.value


def test_a_coroutine_waits_and_raises_nothing():
    seen = observe_call(Waits(), X)
    assert torch.equal(seen.value, (X + 3) * 3)
    texts = said(seen, "Waits.wait")
    raised = [text for text in texts if "raise" in text]
    assert raised == []
    assert texts.count("The iterator has no more items: the loop ends.") == 1
    waits = [text for text in texts if text == "`Waits.wait` pauses where it waits."]
    went_on = [text for text in texts if text.startswith("`Waits.wait` goes on where it waited, on line ")]
    assert len(waits) == len(went_on) == 3
    assert texts[-1] == "`Waits.wait` is finished, and returns float32 [1, 2]."
    assert unproved(seen) == []


def raises_later():
    yield 1
    raise KeyError("late")


def test_what_is_raised_after_a_pause_is_raised_where_it_stands():
    seen = observe_call(lambda: list(raises_later()))
    frames = [frame for frame in seen.trace.frames if frame.function == "raises_later"]
    (step,) = [step for step in seen.trace.steps if step.kind == "exception" and step.frame == frames[-1].index]
    assert step.line == frames[0].first_line + 2
    assert unproved(seen) == []


def begins_before():
    yield 1
    yield 2


@pytest.mark.parametrize("drive_on", [next, list, methodcaller("close")])
def test_a_generator_that_was_begun_before_the_call(drive_on):
    made, again = begins_before(), begins_before()
    next(made)
    next(again)
    seen = observe_call(drive_on, made)
    *_, lines = bare.traced(partial(drive_on, again), __file__)
    assert seen.trace.executed_lines.get(__file__, frozenset()) == lines.get(__file__, set())
    frames = [frame for frame in seen.trace.frames if frame.function == "begins_before"]
    assert frames[0].part.after == "yield"
    assert unproved(seen) == []
