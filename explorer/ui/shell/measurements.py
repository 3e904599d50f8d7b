"""Make many small measurements for one page: each once for all sessions, one after another, with progress."""

from __future__ import annotations

from collections.abc import Callable, Container, Sequence
from threading import Lock
from typing import Generic, TypeVar

import streamlit as st

from explorer.runtime.isolation import give_way

Key = TypeVar("Key")
Value = TypeVar("Value")


class Measurements(Generic[Key, Value]):
    """The measurements that were made so far. Keep one object for the process, behind `st.cache_resource`."""

    def __init__(self, measure: Callable[[Key], Value]) -> None:
        self._measure = measure
        self._lock = Lock()
        self._measured: dict[Key, Value] = {}

    def get(self, key: Key) -> Value | None:
        """Return the measurement of a key; None where it has not been made."""
        return self._measured.get(key)

    def measure_once(self, key: Key) -> None:
        """Measure this key, unless that was done before; no `st` command runs meanwhile."""
        with self._lock:
            if key not in self._measured:
                self._measured[key] = self._measure(key)


def measure_missing(
    measurements: Measurements[Key, Value], keys: Sequence[Key], drawn: Container[Key], describe: Callable[[Key], str]
) -> bool:
    """Measure what is missing and draw the progress; return whether the page is to be drawn again.

    drawn: what the page shows already. Another reader's page may have measured the rest since it was looked for.
    describe: gives one line on what is being measured, as Markdown.

    What the reader does meanwhile interrupts it between two measurements; those that were made are kept.
    """
    missing = [key for key in keys if key not in drawn]
    if not missing:
        return False
    bar = st.progress(0.0)
    for done, key in enumerate(missing, len(keys) - len(missing)):
        bar.progress(done / len(keys), f"{done + 1} of {len(keys)}: {describe(key)}")
        measurements.measure_once(key)
        give_way()
    bar.empty()
    return True
