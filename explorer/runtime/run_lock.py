"""The lock that one recorded call holds at a time, and how a call that waits for its own end is found out.

A call may wait for a thread that asks for a recording itself: neither would go on. A thread that the recorded call
started is refused at once. Of any other it cannot be known whether the call waits for it: it is refused once the thread
that holds the lock has stood at the same wait for another thread for `PATIENCE` seconds.
"""

from __future__ import annotations

import selectors
import sys
import threading
from threading import Thread
from typing import Any

LOOK = 0.25  # seconds between two looks at where the holder stands
PATIENCE = 10.0  # seconds
_WAITS = frozenset({threading.__file__, selectors.__file__})  # where Python's code waits for another thread

REFUSED = (
    "A call that is being recorded cannot be waited for from a thread that it waits for itself: recordings do not nest "
    "across threads. Record in the thread that makes the call, or after it."
)


class RunLock:
    """A reentrant lock that knows how many threads wait for it. A guarded run may build a model, which is guarded."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._count = threading.Lock()
        self._depth = 0  # how often the holder has it
        self._holder: int | None = None  # the thread's identity
        self._started: list[Thread] = []  # by the holder, since it has the lock
        self.waiting = 0

    def __enter__(self) -> None:
        """Take the lock. Raises RuntimeError in a thread that the holder waits for."""
        if not self._lock.acquire(blocking=False):
            self._wait()
        self._depth += 1
        self._holder = threading.get_ident()

    def __exit__(self, *raised: object) -> None:
        self._depth -= 1
        if not self._depth:
            self._holder, self._started = None, []
        self._lock.release()

    def note_started(self, thread: Any) -> None:
        """Note that the thread that has the lock starts another one."""
        if issubclass(type(thread), Thread) and not any(each is thread for each in self._started):
            self._started.append(thread)

    def _wait(self) -> None:
        """Take the lock once it is free."""
        if any(each is threading.current_thread() for each in self._started):
            raise RuntimeError(REFUSED)
        self._count_waiting(1)
        try:
            stood_at, looks = self._waits_at(), 0
            while not self._lock.acquire(timeout=LOOK):
                now = self._waits_at()
                looks = looks + 1 if now is not None and now == stood_at else 0
                stood_at = now
                if looks * LOOK >= PATIENCE:
                    raise RuntimeError(REFUSED)
        finally:
            self._count_waiting(-1)

    def _waits_at(self) -> tuple[int, int] | None:
        """Return where the holder waits for another thread; None where it does not."""
        frame = None if self._holder is None else sys._current_frames().get(self._holder)
        if frame is None or frame.f_code.co_filename not in _WAITS:
            return None
        return id(frame), frame.f_lasti

    def _count_waiting(self, change: int) -> None:
        with self._count:
            self.waiting += change


LOCK = RunLock()
