"""Recordings do not nest across threads: a call that would wait for its own end is told so, and nothing hangs."""

import queue
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import torch

from explorer import observe_call
from explorer.runtime import run_lock

X = torch.ones(2)


def record(found):
    """Record a call in a thread, and put there what came of it."""
    try:
        found.append(observe_call(torch.neg, X).value)
    except RuntimeError as raised:
        found.append(raised)


def joins_thread(found):
    thread = threading.Thread(target=record, args=(found,))
    thread.start()
    thread.join(30)
    return thread.is_alive()


def asks_pool(found):
    with ThreadPoolExecutor(1) as pool:
        pool.submit(record, found).result(30)
    return False


class Worker(threading.Thread):
    def __init__(self, found):
        super().__init__()
        self.found = found

    def run(self):
        record(self.found)


def starts_a_thread_of_its_own_class(found):
    thread = Worker(found)
    thread.start()
    thread.join(30)
    return thread.is_alive()


@pytest.mark.parametrize("call", [joins_thread, asks_pool, starts_a_thread_of_its_own_class])
def test_a_thread_that_the_call_started_is_refused(call):
    found = []
    seen = observe_call(call, found)
    assert seen.error is None
    assert seen.value is False
    assert [str(each) for each in found] == [run_lock.REFUSED]
    assert observe_call(torch.neg, X).error is None  # the lock is free again
    assert run_lock.LOCK.waiting == 0


def test_a_thread_that_was_there_before_is_refused_once_the_call_stands_still(monkeypatch):
    monkeypatch.setattr(run_lock, "PATIENCE", 0.5)
    asked, found = queue.Queue(), []
    thread = threading.Thread(target=lambda: (asked.get(), record(found)))
    thread.start()

    def waits():
        asked.put(None)
        thread.join(30)
        return thread.is_alive()

    assert observe_call(waits).value is False
    assert [str(each) for each in found] == [run_lock.REFUSED]


def test_another_thread_waits_for_a_call_that_goes_on(monkeypatch):
    """However long it is: what is refused is to wait for a call that stands at one place."""
    monkeypatch.setattr(run_lock, "PATIENCE", 0.5)
    found, began, until = [], threading.Event(), time.monotonic() + 2

    def goes_on():
        began.set()
        while time.monotonic() < until:
            torch.ones(200, 200) @ torch.ones(200, 200)

    other = threading.Thread(target=lambda: (began.wait(), record(found)))
    other.start()
    observe_call(goes_on)
    other.join(30)
    assert [each.tolist() for each in found] == [[-1.0, -1.0]]


def test_recordings_nest_on_one_thread():
    inner = []
    seen = observe_call(lambda: inner.append(observe_call(torch.neg, X)))
    assert seen.error is None
    assert inner[0].value.tolist() == [-1.0, -1.0]
