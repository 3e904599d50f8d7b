"""`observe`, which builds a fresh model, runs it and records it, against the bare call of an equal model."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from statistics import median

from benchmarks.pairs import Pairs, compare
from benchmarks.row import Row, Table, milliseconds, times
from explorer import Experiment, Observation, observe
from explorer.catalog import ENTRIES
from explorer.experiment.prepare import prepare
from explorer.runtime.isolation import grad_mode, isolated

RATIO = 2.5  # of `observe` on resnet18 to the bare call, at most
LIMIT = 0.010  # seconds for every other entry
COLUMNS = ("run", "observe, ms", "with each step read, ms", "bare call, ms", "ratio to the bare call (middle half)")


def resnet18(threads: str, *, pairs: int = 40, goal: bool = True) -> Table:
    """Train and eval mode, at 64×64."""  # noqa: RUF002
    rows = []
    for training in (True, False):
        observed, read, measured = _measure(Experiment(model="resnet18", training=training), pairs)
        name = f"resnet18, {'train' if training else 'eval'}"
        cells = (name, observed, read, milliseconds(median(measured.bare)), times(measured))
        ratio = f"{measured.ratio:.2f} times the bare call"
        rows.append(Row(cells, f"≤ {RATIO}", ratio, measured.ratio / RATIO) if goal else Row(cells))
    return Table(f"Observing a ResNet-18 at 64 by 64 pixels, {threads}", COLUMNS, tuple(rows))


def others(*, pairs: int = 60, keys: Sequence[str] = tuple(ENTRIES)) -> Table:
    """Each other entry as it is when chosen, in train mode."""
    rows = []
    for key in keys:
        if key == "resnet18":
            continue
        observed, read, measured = _measure(Experiment(model=key), pairs)
        cells = (key, observed, read, milliseconds(median(measured.bare)), times(measured))
        rows.append(Row(cells, f"< {LIMIT * 1000:.0f} ms", f"{observed} ms", median(measured.ours) / LIMIT))
    return Table("Observing each other entry", COLUMNS, tuple(rows))


def _measure(experiment: Experiment, pairs: int) -> tuple[str, str, Pairs]:
    """Milliseconds of `observe`, milliseconds with every step read, and `observe` beside the bare call."""
    with bare(experiment) as call:
        measured = compare(partial(observe, experiment), call, pairs=pairs)
        read = compare(lambda: _read(observe(experiment)), call, pairs=max(2, pairs // 3))
    return milliseconds(median(measured.ours)), milliseconds(median(read.ours)), measured


@contextmanager
def bare(experiment: Experiment) -> Iterator[Callable[[], object]]:
    """The same call of an equal model, with nothing around it but its grad mode; an exception is its result."""
    with isolated(seed=experiment.seed):
        prepared = prepare(experiment)
        function, inputs = prepared.function, prepared.args

        def tried() -> object:
            try:
                return function(*inputs)
            except Exception as error:
                return error.args

        with grad_mode(experiment.grad), prepared.ready():
            try:
                function(*inputs)
            except Exception:  # what cannot be called, or has no `forward`
                yield tried
                return
            yield partial(function, *inputs)


def _read(observation: Observation) -> Observation:
    """Look at all that was recorded; a record may make its objects only when they are looked at."""
    for _ in (*observation.trace.steps, *observation.trace.frames, *observation.graph.nodes, *observation.graph.edges):
        pass
    return observation
