"""Many small measurements for one page: each is made once for everybody, one after another, with progress."""

from __future__ import annotations

from collections.abc import Callable, Container, Sequence
from threading import Lock
from typing import Generic, TypeVar

import streamlit as st

from explorer.runtime.isolation import give_way

Key = TypeVar("Key")
Value = TypeVar("Value")


class Measurements(Generic[Key, Value]):
    """What was measured so far. One for the process, behind `st.cache_resource`."""

    def __init__(self, measure: Callable[[Key], Value]) -> None:
        self._measure = measure
        self._lock = Lock()
        self._found: dict[Key, Value] = {}

    def get(self, key: Key) -> Value | None:
        """What is there, without measuring."""
        return self._found.get(key)

    def fill(self, key: Key) -> None:
        """Measure unless it was; no `st` command runs meanwhile."""
        with self._lock:
            if key not in self._found:
                self._found[key] = self._measure(key)


def measure_missing(
    shelf: Measurements[Key, Value], keys: Sequence[Key], drawn: Container[Key], say: Callable[[Key], str]
) -> bool:
    """Measure what is missing and draw the progress; whether the page is to be drawn again.

    drawn: what the page shows already. Another reader's page may have measured the rest since it was looked for.
    say: one line on what is being measured, as Markdown.

    Whatever the reader does meanwhile interrupts it between two measurements, and what was made stays made.
    """
    missing = [key for key in keys if key not in drawn]
    if not missing:
        return False
    bar = st.progress(0.0)
    for place, key in enumerate(missing, len(keys) - len(missing)):
        bar.progress(place / len(keys), f"{place + 1} of {len(keys)}: {say(key)}")
        shelf.fill(key)
        give_way()
    bar.empty()
    return True
