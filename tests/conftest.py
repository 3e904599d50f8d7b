"""One thread within each of torch's operations, as the app runs; no test leaves a global hook behind, and a run that
is told to end ends what it started."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from types import FrameType

import pytest
import torch
from torch.nn.modules import module as module_source

# On busy cores more threads than one wait for each other.
torch.set_num_threads(1)


def pytest_configure() -> None:
    signal.signal(signal.SIGTERM, _end)


def _end(number: int, frame: FrameType | None) -> None:
    """Let the fixtures end their servers and browsers; the signal alone would leave them running."""
    pytest.exit("terminated", returncode=128 + number)


def _global_hooks() -> dict[str, object]:
    """What torch keeps of global hooks, registries and flag, by name."""
    kept = {name: value for name, value in vars(module_source).items() if name.startswith("_global_")}
    return {name: dict(value) if isinstance(value, dict) else value for name, value in kept.items()}


@pytest.fixture(autouse=True)
def no_global_hook_is_left() -> Iterator[None]:
    before = _global_hooks()
    yield
    assert _global_hooks() == before
