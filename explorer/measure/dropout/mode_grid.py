"""Study a grid of four: train and eval mode, each with and without gradients. The page calls its cells combinations.

The cells advance together. So that a grid stays small whatever the model, a cell keeps the samples of its first few
units only. Of all units it keeps the number of different outputs, and a digest of all outputs in order, so that two
cells can be compared bit for bit.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from hashlib import blake2b
from threading import Lock
from typing import Literal

import numpy as np

from explorer.catalog import entry
from explorer.experiment import Experiment
from explorer.measure.dropout.calls import RepeatedCalls, Samples
from explorer.measure.dropout.intervals import Floats, Moments, moments
from explorer.measure.dropout.theory import ClosedForm, closed_form
from explorer.runtime.call_modes import GradMode

SHOWN = 6  # units whose samples are kept
SHOWN_CLASSES = 10  # the same of an output that has a score for each class
POINTS = 60  # numbers of calls at which mean and variance are taken

Mode = Literal["train", "eval"]
ModePair = tuple[Mode, GradMode]


@dataclass(frozen=True, eq=False)
class Trajectory:
    """Mean and variance over the first calls, for growing numbers of them."""

    calls: tuple[int, ...]  # [points], from 2 to all, evenly spaced on a logarithmic scale
    moments: tuple[Moments, ...]  # [points]

    def of(self, name: Literal["mean", "variance", "mean_interval", "interval"]) -> Floats:
        """Return one field of the moments: [points, units], or [points, units, 2] for an interval."""
        return np.stack([getattr(point, name) for point in self.moments])


@dataclass(frozen=True, eq=False)
class GridCell:
    """The outputs of the calls in one mode and grad mode."""

    calls: int
    samples: Samples  # [calls, shown units]
    distinct: int  # different outputs, all units taken together
    digest: bytes  # of every output, in order
    eval_output: Samples  # [shown units]
    trajectory: Trajectory

    @property
    def moments(self) -> Moments:
        """The moments over all calls."""
        return self.trajectory.moments[-1]


@dataclass(frozen=True, eq=False)
class ModeGrid:
    """The four cells, and what theory says of the calls in train mode."""

    experiment: Experiment  # in train mode with gradients: the four differ from it in these two only
    calls: int
    units: int  # of the whole output; only the first of them are kept
    grad_modes: tuple[GradMode, GradMode]
    cells: Mapping[ModePair, GridCell]
    theory: ClosedForm  # of the shown units
    seconds: float  # of one train mode call with gradients, about

    @property
    def has_eval_output(self) -> bool:
        """Whether every call in eval mode gave the same output. Otherwise `eval_output` is one draw among others."""
        return all(cell.distinct == 1 for (mode, _), cell in self.cells.items() if mode == "eval")


class ModeGridStudy:
    """The same number of calls in each cell, made a time slice at a time.

    Safe to use from several threads: the script of a page that was left may still run for a moment beside the new one.

    Raises StudyError where the entry cannot be called, or its call raises.
    """

    def __init__(self, experiment: Experiment, calls: int) -> None:
        self.experiment = in_train_mode_with_gradients(experiment)
        self.calls = calls
        self.grad_modes = grad_modes_of(experiment)
        self._lock = Lock()
        modes: tuple[Mode, Mode] = ("train", "eval")
        self._runs = {(mode, grad): _CellRun(self._at(mode, grad), calls) for mode in modes for grad in self.grad_modes}

    def _at(self, mode: Mode, grad: GradMode) -> Experiment:
        """Return the experiment of one cell."""
        return replace(self.experiment, training=mode == "train", grad=grad)

    @property
    def done(self) -> int:
        """The number of calls made in every cell."""
        return min(run.repeated.done for run in self._runs.values())

    @property
    def share(self) -> float:
        """The share of all calls that is made, 0 to 1."""
        return sum(run.repeated.done for run in self._runs.values()) / (len(self._runs) * self.calls)

    def advance(self) -> bool:
        """Make one time slice of calls in the cell that has made fewest; return whether any are left."""
        with self._lock:
            run = min(self._runs.values(), key=lambda run: run.repeated.done)
            if run.repeated.done < self.calls:
                run.advance(self.calls)
            return self.done < self.calls

    def record(self) -> ModeGrid:
        """Return the grid so far, after bringing every cell to the same number of calls, at least two."""
        with self._lock:
            most = max(2, *(run.repeated.done for run in self._runs.values()))
            for run in self._runs.values():
                while run.repeated.done < most:
                    run.advance(most)
            return self._record()

    def _record(self) -> ModeGrid:
        run = self._runs["train", self.grad_modes[0]]
        theory = closed_form(self.experiment)
        variance = None if theory.variance is None else theory.variance[: shown_units(self.experiment)]
        return ModeGrid(
            experiment=self.experiment,
            calls=self.done,
            units=run.repeated.units,
            grad_modes=self.grad_modes,
            cells={pair: each.cell() for pair, each in self._runs.items()},
            theory=replace(theory, variance=variance),
            seconds=run.repeated.seconds,
        )


class _CellRun:
    """One cell while its calls are made."""

    def __init__(self, experiment: Experiment, calls: int) -> None:
        self.repeated = RepeatedCalls(experiment)
        self.shown = min(shown_units(experiment), self.repeated.units)
        self.samples = np.empty((calls, self.shown), self.repeated.eval_output.dtype)
        self.seen: set[int] = set()
        self.digest = blake2b(digest_size=16)

    def advance(self, calls: int) -> None:
        """Make one time slice of calls; `calls` is the number to end at."""
        first = self.repeated.done
        block = np.ascontiguousarray(self.repeated.advance(calls - first)) + 0  # -0 is 0, but has other bytes
        self.samples[first : self.repeated.done] = block[:, : self.shown]
        self.seen.update(hash(row.tobytes()) for row in block)
        self.digest.update(block.tobytes())

    def cell(self) -> GridCell:
        """Return the cell as it is after the calls so far."""
        samples = self.samples[: self.repeated.done]
        return GridCell(
            calls=len(samples),
            samples=samples,
            distinct=len(self.seen),
            digest=self.digest.digest(),
            eval_output=self.repeated.eval_output[: self.shown],
            trajectory=trajectory(samples),
        )


def shown_units(experiment: Experiment) -> int:
    """Return of how many units at most the samples are kept: the first few, or every class of the first row."""
    return SHOWN_CLASSES if entry(experiment.model).output == "class" else SHOWN


def in_train_mode_with_gradients(experiment: Experiment) -> Experiment:
    """Return the experiment in train mode with gradients; the four cells differ from it in these two settings."""
    return replace(experiment, training=True, grad="enabled")


def grad_modes_of(experiment: Experiment) -> tuple[GradMode, GradMode]:
    """Return the two grad modes: with gradients, and the experiment's own without them, `no_grad` by default."""
    return ("enabled", "no_grad" if experiment.grad == "enabled" else experiment.grad)


def trajectory(samples: Samples) -> Trajectory:
    """Return the moments over the first 2 calls, then over ever more of them. samples: [calls, units]."""
    calls = tuple(sorted({round(point) for point in np.geomspace(2, len(samples), POINTS)}))
    return Trajectory(calls, tuple(moments(samples[:count]) for count in calls))
