"""Measure everything, print the tables, and write them into docs/speed.md, with a short table for the README.

python -m benchmarks                 all of it, some minutes
python -m benchmarks --print-only    writes no file
"""

from __future__ import annotations

import sys
from collections.abc import Iterator

import torch

from benchmarks import aligning, documents, growing, machine, observing, repeating
from benchmarks.row import Table
from explorer.ui.shell.process import configure_process

NO_BROWSER = "Not measured: no Chrome or Chromium was found. `python -m tools.browser --install` installs one."
NO_PLAYWRIGHT = "Not measured: Playwright is missing. `pip install -r requirements-dev.txt` installs it."


def main() -> int:
    at_start, threads = machine.load(), torch.get_num_threads()
    loops: list[float] = []
    tables: list[Table] = []
    if threads > 1:
        _add(observing.resnet18(f"{threads} threads, torch's default", goal=False), tables, loops)
    configure_process()  # as the app does
    _add(observing.resnet18("1 thread"), tables, loops)
    tables.reverse()  # the app's own way first
    for table in (observing.others, repeating.studies, aligning.comparisons, growing.growth):
        _add(table(), tables, loops)
    version = None
    for made in in_a_browser():
        if isinstance(made, str):
            version = made
        else:
            _add(made, tables, loops)
    line = machine.line(threads, at_start, loops, version)
    print(line)
    if "--print-only" not in sys.argv[1:]:
        documents.write(line, tables)
    return 0


def in_a_browser() -> Iterator[Table | str]:
    """The browser's version, then its tables; a table that says why where there is no browser."""
    try:
        from benchmarks.paging import app_in_a_browser
        from benchmarks.stepping import steps, steps_of_two
        from benchmarks.toggling import toggles
        from tools.browser import find
    except ImportError:
        yield Table("In the browser", (), (), NO_PLAYWRIGHT)
        return
    executable = find()
    if executable is None:
        yield Table("In the browser", (), (), NO_BROWSER)
        return
    with app_in_a_browser(executable) as (browser, address):
        yield browser.version
        yield steps(browser, address)
        yield steps_of_two(browser, address)
        yield toggles(browser, address)


def _add(table: Table, tables: list[Table], loops: list[float]) -> None:
    """Print a table and keep it, and see how quick the machine is now."""
    print(table.markdown(), flush=True)
    tables.append(table)
    loops.append(machine.empty_loop())


if __name__ == "__main__":
    sys.exit(main())
