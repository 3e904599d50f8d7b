"""What Streamlit asks of other machines when it starts as the README says: nothing."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.helpers import patience

ROOT = Path(__file__).resolve().parents[2]

# On a machine without a screen, Streamlit prints the addresses of a new server, and may ask the world for one.
START = """
from streamlit import config, net_util
from streamlit.web import bootstrap

asked = []
net_util._make_blocking_http_get = lambda url, **_: asked.append(url)
config.get_config_options()
config.set_option("server.headless", True)
bootstrap._print_url(False)
print("asked:", asked)
"""


@pytest.mark.slow
def test_a_server_that_starts_asks_no_other_machine():
    done = subprocess.run(
        [sys.executable, "-c", START], cwd=ROOT, capture_output=True, text=True, timeout=patience.SECONDS
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "asked: []"
    assert "http://localhost:" in done.stdout
