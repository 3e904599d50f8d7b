"""What a call has other threads and processes do: it is counted where that is cheap, else named.

A trace function and a dispatch mode belong to one thread. In a thread that the call starts, a small trace function
counts the lines of the caller's code, from the first on, through `threading.settrace`; its statements and operations
are not recorded. When the call is over that function does nothing any more, though the thread may go on.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterable
from contextlib import suppress
from threading import Thread
from types import FrameType
from typing import Any, TypeVar

from explorer.capture.trace.beside.watched_functions import watched_name
from explorer.capture.trace.gaps import is_same
from explorer.capture.trace.running_call import RunningCall
from explorer.capture.trace.scope import Scope
from explorer.record.unrecorded import Unrecorded
from explorer.runtime.plain_reads import (
    attributes_of,
    is_a,
    name_of_callable,
    name_of_class,
    well_formed,
)
from explorer.runtime.run_lock import LOCK
from explorer.torch_source.files import is_torch_file

Item = TypeVar("Item")
ATTEMPTS = 10  # at a copy of what other threads may change
FUNCTIONS_NAMED = 6  # how many functions of a thread are kept by name


class OtherThreads:
    """Knows the threads and processes that one call starts. Use once, around the call."""

    def __init__(self, running: RunningCall, scope: Scope) -> None:
        self.found: list[Unrecorded] = []
        self._running, self._scope = running, scope
        self._started: dict[int, tuple[Thread, int, _LineCounter]] = {}  # id of a thread → it, its step, its counter
        self._handed_over: dict[str, tuple[int, int]] = {}  # name of a function → step of the first time, how often
        self._is_counting = False

    def __enter__(self) -> OtherThreads:
        # Where the caller has a trace function for threads, that one is what they run with, as in a bare call.
        self._is_counting = threading.gettrace() is None
        if self._is_counting:
            threading.settrace(self._trace_first_frame)
        return self

    def __exit__(self, *raised: object) -> None:
        if is_same(threading.gettrace(), self._trace_first_frame):  # else the call has set one of its own
            threading.settrace(None)
        started = copied(self._started.values())  # a thread that still runs may start another one
        for thread, step, counter in started or ():
            counter.end()
            lines = counter.lines if self._is_counting and counter.began else None
            self.found.append(
                Unrecorded(
                    "thread",
                    step,
                    _name(thread),
                    lines=lines,
                    functions=copied(counter.functions) or (),
                    still_ran=Thread.is_alive(thread),
                )
            )
        for name, (step, times) in self._handed_over.items():
            self.found.append(Unrecorded("handed over", step, name, times=times))
        self._started.clear()

    def thread_starts(self, frame: FrameType) -> None:
        """Note the thread that a frame of `Thread.start` is about to start."""
        thread: Any = frame.f_locals.get("self")
        if thread is not None and is_a(thread, Thread):
            LOCK.note_started(thread)
            self._started[id(thread)] = thread, self._step(), _LineCounter(self)

    def work_is_handed_over(self, frame: FrameType) -> None:
        """Note the function that is given to a pool of threads which has some that this call did not start."""
        pool, function = frame.f_locals.get("self"), frame.f_locals.get("fn")
        threads = copied(attributes_of(pool).get("_threads", ()))
        if threads is not None and all(id(thread) in self._started for thread in threads):
            return
        name = name_of_callable(function)
        step, times = self._handed_over.get(name, (self._step(), 0))
        self._handed_over[name] = step, times + 1

    def process_starts(self, frame: FrameType) -> None:
        """Note the process that a frame of `Process.start` or `Popen.__init__` is about to start."""
        process = frame.f_locals.get("self")
        target = attributes_of(process).get("_target")
        name = name_of_class(type(process)) if target is None else name_of_callable(target)
        self.found.append(Unrecorded("process", self._step(), name))

    def counts(self, file: str) -> bool:
        """Return whether lines of a file are the caller's code."""
        return self._scope.covers(file) and not is_torch_file(file)

    def _step(self) -> int:
        return len(self._running.tape) - 1

    def _trace_first_frame(self, frame: FrameType, event: str, argument: Any) -> Any:
        """Trace a thread that begins: one that this call started is counted, any other is left alone."""
        started = self._started.get(id(threading.current_thread()))
        if started is None:
            sys.settrace(None)
            return None
        counter = started[2]
        counter.began = True
        sys.settrace(counter.trace)
        return counter.trace(frame, event, argument)


class _LineCounter:
    """Counts the lines of the caller's code that one thread runs."""

    def __init__(self, threads: OtherThreads) -> None:
        self.lines = 0
        self.functions: dict[str, None] = {}  # in the order in which they began
        self.began = False
        self._threads: OtherThreads | None = threads  # until the call is over

    def end(self) -> None:
        """Count no more, and keep nothing of the call."""
        self._threads = None

    def trace(self, frame: FrameType, event: str, argument: Any) -> Any:
        """Trace a frame that begins, as the thread's trace function."""
        threads, code = self._threads, frame.f_code
        if threads is None:
            sys.settrace(None)
            return None
        if watched_name(code) == "Thread.start":
            threads.thread_starts(frame)
        if not threads.counts(code.co_filename):
            return None
        if len(self.functions) < FUNCTIONS_NAMED:
            self.functions.setdefault(code.co_qualname)
        return self._count

    def _count(self, frame: FrameType, event: str, argument: Any) -> Any:
        if self._threads is None:
            sys.settrace(None)
            return None
        if event == "line":
            self.lines += 1
        return self._count


def copied(shared: Iterable[Item]) -> tuple[Item, ...] | None:
    """Return what a container holds that other threads may change meanwhile; None where they change it each time."""
    for _ in range(ATTEMPTS):
        with suppress(RuntimeError):  # Python notices the change of a set or a dict that is gone through
            return tuple(shared)
    return None


def _name(thread: Thread) -> str:
    name = attributes_of(thread).get("_name")
    return well_formed(name) if isinstance(name, str) else "Thread"
