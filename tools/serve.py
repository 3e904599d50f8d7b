"""Serve the explorer, or another page, on a free port of this machine, for as long as a `with` block lasts."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

ROOT = Path(__file__).resolve().parent.parent
DEADLINE = 90.0  # seconds; importing torch for the first time may take a while
PAUSE = 0.1  # seconds between two looks


@contextmanager
def serve(*arguments: str, script: str | Path = "app.py", pythonpath: str | Path | None = None) -> Iterator[str]:
    """Start the script, wait until it is healthy, give its address, and end it.

    arguments: the script's own, behind `--`. script: from the root of the project. pythonpath: a folder to import from.

    Raises RuntimeError with the server's own words where it ends or does not answer in time.
    """
    port = _free_port()
    address = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "streamlit", "run", str(script), "--server.headless=true"]
    command += ["--server.address=127.0.0.1", f"--server.port={port}"]
    command += ["--", *arguments]
    environment = dict(os.environ) if pythonpath is None else {**os.environ, "PYTHONPATH": str(pythonpath)}
    with tempfile.TemporaryFile("w+") as log:
        server = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log, start_new_session=True)
        try:
            _wait(server, f"{address}/_stcore/health", log)
            yield address
        finally:
            _end(server)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait(server: subprocess.Popen[bytes], url: str, log: IO[str]) -> None:
    deadline = time.monotonic() + DEADLINE
    while time.monotonic() < deadline and server.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:
                if answer.status == 200:
                    return
        except (urllib.error.URLError, OSError):
            pass
        time.sleep(PAUSE)
    log.seek(0)
    raise RuntimeError(f"The app did not start.\n{log.read()}")


def _end(server: subprocess.Popen[bytes]) -> None:
    """End the server's own process group, and nothing else."""
    if server.poll() is not None:
        return
    os.killpg(server.pid, signal.SIGTERM)
    try:
        server.wait(timeout=10)
    except subprocess.TimeoutExpired:
        os.killpg(server.pid, signal.SIGKILL)
        server.wait()
