"""How much memory the largest inputs of the page take, measured by the kernel."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

LIMIT = 500e6  # bytes, of one run, above what the process held before


@pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="asks the Linux kernel")
def test_no_input_takes_more_than_its_share():
    done = subprocess.run(
        [sys.executable, "-m", "tests.helpers.memory_of_runs"], capture_output=True, text=True, check=True
    )
    found = json.loads(done.stdout.splitlines()[-1])
    assert max(found.values()) > 50e6, "nothing was measured"
    assert {what: taken for what, taken in found.items() if taken > LIMIT} == {}
