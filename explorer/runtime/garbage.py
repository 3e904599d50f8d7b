"""Python's garbage collector, held back while a run is recorded and while its record is made.

Both make many objects that all stay. A full collection goes through every object of the process, finds nothing to free,
and comes the more often the more objects there are: a run of twice the length would take three times as long.
"""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

SELDOM = 1_000_000  # collections of the younger generations, before all objects are gone through


@contextmanager
def without_full_collections() -> Iterator[None]:
    """Have young objects collected alone, as the caller's code may rely on that they are. Call it under torch's lock.

    A full collection that the caller's code asks for runs. A threshold that it sets stays.
    """
    young, middle, old = gc.get_threshold()
    gc.set_threshold(young, middle, max(old, SELDOM))
    held_back = gc.get_threshold()
    try:
        yield
    finally:
        if gc.get_threshold() == held_back:
            gc.set_threshold(young, middle, old)


@contextmanager
def without_collections() -> Iterator[None]:
    """Have nothing collected, while plain data is made and no code of the caller's runs. Any thread may call it."""
    pause = _pause()
    pause.begin()
    try:
        yield
    finally:
        pause.end()


class _Pause:
    """How many threads hold the collector back: the first switches it off, and the last on again if it was on."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._count = 0
        self._was_on = False

    def begin(self) -> None:
        with self._lock:
            if self._count == 0:
                self._was_on = gc.isenabled()
                gc.disable()
            self._count += 1

    def end(self) -> None:
        with self._lock:
            self._count -= 1
            if self._count == 0 and self._was_on:
                gc.enable()


@cache
def _pause() -> _Pause:
    """Return the process's one: the collector is the process's too."""
    return _Pause()
