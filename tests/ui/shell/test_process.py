"""What the app does to its process: once, in the app only, and for every reader's thread. Each in a fresh process."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.helpers import patience

ROOT = Path(__file__).resolve().parents[3]
AT_FIRST = "import gc, threading, torch; torch.set_num_threads(3)\n"
IN_A_NEW_THREAD = """
seen = []
reader = threading.Thread(target=lambda: seen.append(torch.get_num_threads()))
reader.start()
reader.join()
print(seen[0], gc.get_freeze_count() > 10_000)
"""


def printed(program: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, timeout=patience.SECONDS
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_settled_is_one_thread_for_every_later_reader():
    assert (
        printed(
            f"{AT_FIRST}from explorer.ui.shell.process import configure_process; configure_process(){IN_A_NEW_THREAD}"
        )
        == "1 True"
    )


def test_the_script_settles_its_process_once_and_each_thread():
    program = f"""{AT_FIRST}
from streamlit.testing.v1 import AppTest
app = AppTest.from_file("app.py", default_timeout={patience.SECONDS}).run()
assert not app.exception
{IN_A_NEW_THREAD}
torch.set_num_threads(3)
gc.unfreeze()
AppTest.from_file("app.py", default_timeout={patience.SECONDS}).run()
print(torch.get_num_threads(), gc.get_freeze_count() > 10_000)"""
    assert printed(program) == "1 True\n1 False"  # each run's thread, and the process once


def test_a_notebook_keeps_its_own_threads():
    program = f"{AT_FIRST}import explorer; explorer.observe(explorer.Experiment(model='simple')){IN_A_NEW_THREAD}"
    assert printed(program) == "3 False"


def test_what_asks_openmp_itself_gets_one_thread_in_every_run():
    """As oneDNN does for an LSTM: torch's own setting would reach it in the thread that made the setting only."""
    program = f"""{AT_FIRST}
import ctypes
from explorer.ui.shell.process import configure
torch.ones(100_000).sum()  # loads OpenMP
library = next((line.split()[-1] for line in open("/proc/self/maps") if "libgomp" in line or "libomp" in line), None)
seen = []
def run():
    configure()
    seen.append(ctypes.CDLL(library).omp_get_max_threads() if library else 1)
for _ in range(2):
    reader = threading.Thread(target=run)
    reader.start()
    reader.join()
print(seen)"""
    if not Path("/proc/self/maps").exists():
        pytest.skip("which OpenMP is loaded is read from /proc")
    assert printed(program) == "[1, 1]"
