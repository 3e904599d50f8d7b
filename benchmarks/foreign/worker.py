"""Check the networks of one source in a process of its own, and print a line of JSON for each result.

python -m benchmarks.foreign.worker SOURCE FIRST SECONDS EVERY
"""

from __future__ import annotations

import contextlib
import json
import signal
import sys
from dataclasses import asdict
from typing import Any

from benchmarks.foreign.checking import check
from benchmarks.foreign.collecting import networks_of


class TooSlowError(BaseException):
    """A network took longer than it may."""


def main() -> int:
    source, (first, seconds, every) = sys.argv[1], map(int, sys.argv[2:5])
    results = sys.stdout
    signal.signal(signal.SIGALRM, _too_slow)
    with contextlib.redirect_stdout(sys.stderr):  # what a model prints is not a result
        for index, network in enumerate(networks_of(source)):
            if index < first or index % every:
                continue
            _print(results, {"index": index, "begins": network.name})
            count = 0
            signal.alarm(seconds)
            try:
                for checked in check(network):
                    count += 1
                    _print(results, asdict(checked))
            except TooSlowError:
                _print(results, {"index": index, "slow": network.name})
            except Exception as raised:
                _print(results, {"index": index, "unusable": f"{network.name}: {type(raised).__name__}: {raised}"})
            finally:
                signal.alarm(0)
            if not count:
                _print(results, {"index": index, "uncallable": network.name})
    return 0


def _too_slow(number: int, frame: object) -> None:
    raise TooSlowError


def _print(stream: Any, content: dict[str, Any]) -> None:
    stream.write(json.dumps(content) + "\n")
    stream.flush()


if __name__ == "__main__":
    sys.exit(main())
