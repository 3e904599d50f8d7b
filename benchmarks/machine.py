"""Where it was measured."""

from __future__ import annotations

import os
import platform
from importlib.metadata import version

import torch


def cores() -> int:
    """Those that this process may use."""
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity else os.cpu_count() or 1


def load() -> float | None:
    """Processes that ran or waited, averaged over the last minute."""
    return os.getloadavg()[0] if hasattr(os, "getloadavg") else None


def line(default_threads: int, at_start: float | None, browser: str | None) -> str:
    """One line on the machine, the versions, and how busy it was before."""
    parts = [
        f"{cores()} cores ({platform.machine()})",
        f"torch {torch.__version__} with 1 thread an operation, as the app runs it ({default_threads} by default)",
        f"Python {platform.python_version()}",
        f"Streamlit {version('streamlit')}",
    ]
    if browser:
        parts.append(f"Chromium {browser}")
    if at_start is not None:
        parts.append(f"load average before the start {at_start:.2f}")
    return f"{'; '.join(parts)}."
