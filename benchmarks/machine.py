"""Where it was measured."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from importlib.metadata import version
from statistics import median
from time import perf_counter

import torch


def cores() -> int:
    """Those that this process may use."""
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity else os.cpu_count() or 1


def load() -> float | None:
    """Processes that ran or waited, averaged over the last minute."""
    return os.getloadavg()[0] if hasattr(os, "getloadavg") else None


def empty_loop() -> float:
    """Milliseconds that a million empty turns of a Python loop take here: how quick the machine is, to compare with
    another by, and taken again later, how even."""
    began = perf_counter()
    for _ in range(1_000_000):
        pass
    return (perf_counter() - began) * 1000


def line(default_threads: int, at_start: float | None, loops: Sequence[float], browser: str | None) -> str:
    """One line on the machine, the versions, and how busy it was before.

    loops: what `empty_loop` gave between the tables.
    """
    parts = [
        f"{cores()} cores ({platform.machine()})",
        f"torch {torch.__version__} with 1 thread an operation, as the app runs it ({default_threads} by default)",
        f"Python {platform.python_version()}",
        f"Streamlit {version('streamlit')}",
    ]
    if browser:
        parts.append(f"Chromium {browser}")
    parts.append(
        f"a million empty turns of a Python loop took {median(loops):.0f} ms ({min(loops):.0f} to {max(loops):.0f})"
    )
    if at_start is not None:
        parts.append(f"load average before the start {at_start:.2f}")
    return f"{'; '.join(parts)}."
