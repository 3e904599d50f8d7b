"""Two runs laid side by side, against observing the two."""

from __future__ import annotations

from functools import partial
from statistics import median

from benchmarks.pairs import compare
from benchmarks.row import Row, Table, milliseconds, times
from explorer import Experiment, Observation, observe
from explorer.reading.compare import compare as side_by_side

MODELS = ("cnn", "transformer", "resnet18")
COLUMNS = ("train against eval", "steps", "comparing, ms", "observing both, ms", "ratio to observing (middle half)")


def comparisons(*, pairs: int = 20) -> Table:
    """Train against eval mode, which share most of their steps."""
    rows = []
    for model in MODELS:
        sides = (Experiment(model=model), Experiment(model=model, training=False))
        left, right = _both(*sides)
        measured = compare(partial(_compared, left, right), partial(_both, *sides), pairs=pairs)
        steps = f"{len(left.trace.steps):,} and {len(right.trace.steps):,}"
        ours, theirs = milliseconds(median(measured.ours)), milliseconds(median(measured.bare))
        rows.append(Row((model, steps, ours, theirs, times(measured))))
    return Table("Comparing two runs", COLUMNS, tuple(rows))


def _both(*sides: Experiment) -> list[Observation]:
    observed = [observe(side) for side in sides]
    for each in observed:
        list(each.trace.steps)  # made when it is first read
    return observed


def _compared(left: Observation, right: Observation) -> object:
    made = side_by_side(left, right)
    return made, made.rows, made.differences
