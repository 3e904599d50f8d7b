"""Check the networks of packages and folders, and print a table of what came of them.

python -m benchmarks.foreign vit_pytorch transformers folder/with/models
    --every 10         check each tenth network only
    --seconds 60       that one network may take, in all its modes together
    --write FILE       put the table between the markers of this document
    --results FILE     every single result, as lines of JSON
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, packages_distributions, version
from pathlib import Path
from typing import Any

from benchmarks.documents import put
from benchmarks.foreign.table import Source, markdown

ROOT = Path(__file__).resolve().parents[2]


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.foreign")
    parser.add_argument("sources", nargs="+", help="packages, modules, or folders of Python files")
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("--write", type=Path)
    parser.add_argument("--results", type=Path)
    options = parser.parse_args()
    sources = []
    for name in options.sources:
        results = []
        for result in _results(name, options.seconds, options.every):
            results.append(result)
            if options.results is not None:
                with options.results.open("a", encoding="utf-8") as file:
                    file.write(json.dumps({"source": name, **result}) + "\n")
        sources.append(Source(name, _version(name), results))
        print(sources[-1].line(), flush=True)
    text = markdown(sources)
    print(text)
    if options.write is not None:
        options.write.write_text(put(text, options.write.read_text(encoding="utf-8")), encoding="utf-8")
    return 0


def _results(source: str, seconds: int, every: int) -> Iterator[dict[str, Any]]:
    """Give what the worker prints. A worker that dies is started again, behind the network that it died of."""
    first = 0
    while True:
        command = [sys.executable, "-m", "benchmarks.foreign.worker", source, *map(str, (first, seconds, every))]
        running = None
        with subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, cwd=ROOT
        ) as worker:
            for line in worker.stdout or ():
                result = json.loads(line)
                if "begins" in result:
                    running = result
                else:
                    yield result
        if worker.returncode == 0 or running is None:
            return
        yield {"died": running["begins"], "index": running["index"], "code": worker.returncode}
        first = running["index"] + 1


def _version(source: str) -> str:
    names = packages_distributions().get(source.partition(".")[0])
    try:
        return version(names[0]) if names else ""
    except PackageNotFoundError:
        return ""


if __name__ == "__main__":
    sys.exit(main())
