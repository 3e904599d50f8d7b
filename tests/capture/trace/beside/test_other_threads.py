"""What runs in a thread or a process that the call starts is counted or named."""

from __future__ import annotations

import asyncio
import gc
import subprocess
import sys
import threading
import weakref
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from explorer import observe_call
from explorer.capture.trace.beside.other_threads import copied
from tests.helpers import bare

X = torch.ones(1, 2)


class Threads(nn.Module):
    """Starts one thread for each number; that thread goes through a loop so often."""

    def __init__(self, plan, pooled):
        super().__init__()
        self.plan, self.pooled = plan, pooled
        self.layer = nn.Linear(2, 2)

    def work(self, x, number):
        for _ in range(number):
            x = x + 1
        if number == 3:
            thread = threading.Thread(target=self.work, args=(x, 1))
            thread.start()
            thread.join()
        return x

    def forward(self, x):
        if self.pooled:
            with ThreadPoolExecutor(2) as pool:
                return sum(pool.map(lambda number: self.work(x, number), self.plan), self.layer(x))
        threads = [threading.Thread(target=self.work, args=(x, number)) for number in self.plan]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return self.layer(x)


def bare_lines(function, file):
    """How many lines of a file run in each thread but this one, by a tracer of the tests' own."""
    lines: Counter[int] = Counter()

    def count(frame, event, argument):
        if frame.f_code.co_filename != file:
            return None
        if event == "line":
            lines[threading.get_ident()] += 1
        return count

    threading.settrace(count)
    try:
        function()
    finally:
        threading.settrace(None)
    return sum(lines.values())


@settings(max_examples=25, deadline=None)
@given(plan=st.lists(st.integers(0, 4), max_size=4), pooled=st.booleans())
def test_the_lines_that_other_threads_run_are_counted(plan, pooled):
    model = Threads(plan, pooled)
    before, expected = bare.state(), bare_lines(lambda: model(X), __file__)
    seen = observe_call(model, X)
    assert threading.gettrace() is None
    found = [each for each in seen.unrecorded if each.kind == "thread"]
    assert sum(each.lines for each in found) == expected
    told = [note for note in seen.notes if "thread" in note]
    assert bool(told) == bool(expected)
    if expected:
        assert f"{expected} line" in told[0]
    assert bare.differing(before, bare.state()) == []


def test_the_note_names_threads_functions_and_lines():
    seen = observe_call(Threads([2], False), X)
    (started,) = seen.unrecorded
    assert (started.kind, started.functions, started.still_ran) == ("thread", ("Threads.work",), False)
    assert seen.trace.steps[started.step].kind == "statement"
    assert seen.notes[0] == (
        f"The call started 1 thread (`{started.name}`): {started.lines} lines of the caller's code ran there, in "
        "`Threads.work`. Their statements and operations are not in the record, so a tensor that comes from there has "
        "no edge."
    )


def test_work_for_a_pool_that_was_there_before_is_named():
    with ThreadPoolExecutor(1) as pool:
        pool.submit(len, "").result()

        def forward(x):
            return [pool.submit(torch.relu, x).result(), pool.submit(torch.relu, x).result()]

        seen = observe_call(forward, X)
    (given_over,) = seen.unrecorded
    assert (given_over.kind, given_over.times) == ("handed over", 2)
    assert "twice to a pool of threads that was there before" in seen.notes[0]


def test_a_thread_that_goes_on_is_left_alone_and_keeps_nothing():
    go_on, done, traced = threading.Event(), threading.Event(), []

    class Starts(nn.Module):
        def forward(self, x):
            def work():
                go_on.wait(20)
                traced.append(1)
                traced.append(sys.gettrace())
                done.set()

            threading.Thread(target=work, name="goes-on").start()
            return x + 1

    model = Starts()
    seen = observe_call(model, X)
    kept = weakref.ref(model)
    assert [each.still_ran for each in seen.unrecorded] == [True]
    assert "When the call ended, 1 of 1 still ran." in seen.notes[0]
    assert threading.gettrace() is None
    del model
    gc.collect()
    assert kept() is None
    go_on.set()
    assert done.wait(20)
    assert traced == [1, None]


def test_a_thread_of_someone_elses_is_not_traced():
    traced = []

    def forward(x):
        other.start_it()
        return x + 1

    class Other:
        def __init__(self):
            self.wanted, self.done = threading.Event(), threading.Event()
            self.thread = threading.Thread(target=self.run)
            self.thread.start()

        def run(self):
            self.wanted.wait(20)
            inner = threading.Thread(target=lambda: traced.append(sys.gettrace()))
            inner.start()
            inner.join()
            self.done.set()

        def start_it(self):
            self.wanted.set()
            self.done.wait(20)

    other = Other()
    seen = observe_call(forward, X)
    other.thread.join()
    assert traced == [None]
    assert seen.unrecorded == ()


def test_a_trace_function_for_threads_that_was_there_stays_and_is_used():
    lines = []

    def tracer(frame, event, argument):
        lines.append(event)
        return tracer

    threading.settrace(tracer)
    try:
        seen = observe_call(Threads([2], False), X)
        assert threading.gettrace() is tracer
    finally:
        threading.settrace(None)
    assert "line" in lines
    assert [each.lines for each in seen.unrecorded] == [None]
    assert "was not counted" in seen.notes[0]


def test_one_that_the_call_sets_stays_as_after_a_bare_call():
    def tracer(frame, event, argument):
        return None

    try:
        observe_call(threading.settrace, tracer)
        assert threading.gettrace() is tracer
    finally:
        threading.settrace(None)


def test_what_asyncio_runs_on_this_thread_is_recorded_and_the_rest_counted():
    async def both():
        return await asyncio.gather(on_this_thread(), asyncio.to_thread(lambda: X * 2))

    async def on_this_thread():
        await asyncio.sleep(0)
        return X + 1

    def forward():
        return asyncio.run(both())

    # On a thread of its own: the thread that drives a browser has an event loop already, and asyncio allows one.
    with ThreadPoolExecutor(1) as pool:
        seen = pool.submit(observe_call, forward).result()
    assert seen.error is None
    assert "add" in [node.operation for node in seen.graph.nodes]
    assert "mul" not in [node.operation for node in seen.graph.nodes]
    assert [each.lines for each in seen.unrecorded if each.lines] == [1]


def test_a_process_is_named():
    seen = observe_call(subprocess.run, [sys.executable, "-c", ""])
    assert [each.kind for each in seen.unrecorded] == ["process"]
    assert "The call started 1 process (`Popen`)" in seen.notes[0]


def test_the_state_of_the_thread_is_as_before():
    model, before = Threads([1, 2], True), bare.state()
    observe_call(model, X)
    assert bare.differing(before, bare.state()) == []


@pytest.mark.parametrize("model", [nn.Linear(2, 2), nn.ReLU()])
def test_a_call_on_one_thread_says_nothing_of_others(model):
    assert observe_call(model, X).unrecorded == ()


def test_a_container_that_other_threads_change_is_copied():
    class Changing:
        """Raises as a set does that is changed while it is gone through, so often."""

        def __init__(self, times):
            self.times = times

        def __iter__(self):
            self.times -= 1
            if self.times >= 0:
                raise RuntimeError("Set changed size during iteration")
            return iter((1, 2))

    assert copied({1: 2}) == (1,)
    assert copied(Changing(3)) == (1, 2)
    assert copied(Changing(10**6)) is None
