"""A dropout study against a loop of the same calls, each of which lets go of what it returned."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from statistics import median

from benchmarks.observing import bare
from benchmarks.pairs import compare
from benchmarks.row import Row, Table, milliseconds, times
from explorer import Experiment, study_dropout
from explorer.runtime.call_modes import GradMode

CALLS = 10_000
RATIO = 1.05
RATIO_TO_LOOP = "ratio to the bare loop (middle half)"
GRADS: tuple[GradMode, ...] = ("enabled", "no_grad")


def studies(*, calls: int = CALLS, pairs: int = 15) -> Table:
    """The `dropout` entry in train mode, with and without gradients."""
    rows = []
    for grad in GRADS:
        experiment = Experiment(model="dropout", grad=grad)
        with bare(experiment) as call:
            loop = partial(_loop, call, calls)
            measured = compare(partial(study_dropout, experiment, calls), loop, pairs=pairs)
            whole = compare(partial(_with_theory, experiment, calls), loop, pairs=max(2, pairs // 3))
        cells = tuple(milliseconds(median(seconds)) for seconds in (measured.ours, whole.ours, measured.bare))
        ratio = f"{measured.ratio:.2f} times a bare loop"
        rows.append(Row((grad, *cells, times(measured)), f"≤ {RATIO}", ratio, measured.ratio / RATIO))
    columns = ("grad mode", "study, ms", "with its closed form, ms", "bare loop, ms", RATIO_TO_LOOP)
    return Table(f"{calls:,} calls of `dropout`", columns, tuple(rows))


def _with_theory(experiment: Experiment, calls: int) -> object:
    return study_dropout(experiment, calls).theory


def _loop(call: Callable[[], object], calls: int) -> None:
    for _ in range(calls):
        call()
