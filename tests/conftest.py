"""What holds for every test: one thread within each of torch's operations, as the app runs; no global hook is left
behind; a run that is told to end ends what it started; and which tests are slow."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path
from types import FrameType

import pytest
import torch
from hypothesis import settings
from torch.nn.modules import module as module_source

# On busy cores more threads than one wait for each other.
torch.set_num_threads(1)

# How long an example takes says nothing on a busy machine: what costs too much is counted, in tests of its own.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")

TESTS = Path(__file__).parent
# Every test in these is slow, whatever its own marker says, and the quick run does not even import them.
SLOW = [
    TESTS / name
    for name in (
        "browser",
        "test_fidelity.py",
        "test_fidelity_modules.py",
        "runtime/test_compiled_by_caller.py",
        "runtime/test_compiled_here.py",
        "runtime/test_entry_modes.py",
        "runtime/test_memory.py",
        "runtime/test_runs_are_isolated.py",
        "ui/test_app.py",
        "ui/pages/compare/test_compare_page.py",
        "ui/pages/dropout/test_dropout_page.py",
        "ui/pages/graph/test_graph_page.py",
        "ui/shell/test_process.py",
        "ui/shell/test_sidebar.py",
        "ui/shell/test_user_model.py",
    )
]


def pytest_configure() -> None:
    signal.signal(signal.SIGTERM, _end)
    if gone := [str(place) for place in SLOW if not place.exists()]:
        raise pytest.UsageError(f"SLOW in {__file__} names what is not there: {', '.join(gone)}")


def _end(number: int, frame: FrameType | None) -> None:
    """Let the fixtures end their servers and browsers; the signal alone would leave them running."""
    pytest.exit("terminated", returncode=128 + number)


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    return True if config.option.markexpr == "not slow" and collection_path in SLOW else None


@pytest.hookimpl(tryfirst=True)  # before pytest drops those that `-m` does not ask for
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if any(item.path.is_relative_to(place) for place in SLOW):
            item.add_marker(pytest.mark.slow)


def _global_hooks() -> dict[str, object]:
    """Return torch's global hooks, registries and flag, by name."""
    kept = {name: value for name, value in vars(module_source).items() if name.startswith("_global_")}
    return {name: dict(value) if isinstance(value, dict) else value for name, value in kept.items()}


@pytest.fixture(autouse=True)
def no_global_hook_is_left() -> Iterator[None]:
    before = _global_hooks()
    yield
    assert _global_hooks() == before
