"""Train / eval by grad / no grad: one study of each corner, advanced together, kept small whatever the model.

A corner keeps the samples of its first few units. Of the others it keeps how many different outputs there were, and a
digest of all of them in order, so that two corners can be compared bit for bit.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from hashlib import blake2b
from threading import Lock
from typing import Literal

import numpy as np

from explorer.experiment import Experiment
from explorer.measure.dropout.calls import RepeatedCalls, Samples
from explorer.measure.dropout.intervals import Floats, Moments, moments
from explorer.measure.dropout.theory import ClosedForm, closed_form
from explorer.runtime.call_modes import GradMode

SHOWN = 6  # units whose samples are kept
POINTS = 60  # numbers of calls at which mean and variance are taken

Mode = Literal["train", "eval"]
Place = tuple[Mode, GradMode]


@dataclass(frozen=True, eq=False)
class Trajectory:
    """Mean and variance over the first so many calls; see `Moments` for the last two axes."""

    calls: tuple[int, ...]  # [points], from 2 to all, evenly spaced on a logarithmic scale
    moments: tuple[Moments, ...]  # [points]

    def of(self, name: Literal["mean", "variance", "mean_interval", "interval"]) -> Floats:
        """[points, units] or [points, units, 2]"""
        return np.stack([getattr(point, name) for point in self.moments])


@dataclass(frozen=True, eq=False)
class Corner:
    """What the calls in one mode and grad mode gave."""

    calls: int
    samples: Samples  # [calls, shown units]
    distinct: int  # different outputs, all units taken together
    digest: bytes  # of every output, in order
    eval_output: Samples  # [shown units]
    trajectory: Trajectory

    @property
    def moments(self) -> Moments:
        """Over all calls."""
        return self.trajectory.moments[-1]


@dataclass(frozen=True, eq=False)
class Corners:
    """The four corners, and what theory says of the calls in train mode."""

    experiment: Experiment  # in train mode with gradients: the four differ from it in these two only
    calls: int
    units: int  # of the whole output; at most SHOWN of them are kept
    grads: tuple[GradMode, GradMode]
    corners: Mapping[Place, Corner]
    theory: ClosedForm  # of the shown units
    seconds: float  # of one train mode call with gradients, about

    @property
    def has_eval_output(self) -> bool:
        """Whether eval mode gives one output, whatever the call: else the one at hand is a draw among others."""
        return all(corner.distinct == 1 for (mode, _), corner in self.corners.items() if mode == "eval")


class FourCorners:
    """The same number of calls in each corner, made a turn at a time; what was made stays made.

    Safe to use from several threads: a page's old script may still run for a moment beside its new one.

    Raises StudyError where the entry cannot be called, or its call raises.
    """

    def __init__(self, experiment: Experiment, calls: int) -> None:
        self.experiment = base(experiment)
        self.calls = calls
        self.grads = grads_of(experiment)
        self._turn = Lock()
        modes: tuple[Mode, Mode] = ("train", "eval")
        self._runs = {(mode, grad): _Run(self._at(mode, grad), calls) for mode in modes for grad in self.grads}

    def _at(self, mode: Mode, grad: GradMode) -> Experiment:
        return replace(self.experiment, training=mode == "train", grad=grad)

    @property
    def done(self) -> int:
        """Calls made in every corner."""
        return min(run.source.done for run in self._runs.values())

    @property
    def share(self) -> float:
        """0 .. 1: the part of all calls that is made."""
        return sum(run.source.done for run in self._runs.values()) / (len(self._runs) * self.calls)

    def advance(self) -> bool:
        """One turn of calls in the corner that has made fewest; whether any are left."""
        with self._turn:
            run = min(self._runs.values(), key=lambda run: run.source.done)
            if run.source.done < self.calls:
                run.advance(self.calls)
            return self.done < self.calls

    def record(self) -> Corners:
        """What the calls gave so far, after bringing every corner to the same number of calls, at least two."""
        with self._turn:
            most = max(2, *(run.source.done for run in self._runs.values()))
            for run in self._runs.values():
                while run.source.done < most:
                    run.advance(most)
            return self._record()

    def _record(self) -> Corners:
        run = self._runs["train", self.grads[0]]
        theory = closed_form(self.experiment)
        variance = None if theory.variance is None else theory.variance[:SHOWN]
        return Corners(
            experiment=self.experiment,
            calls=self.done,
            units=run.source.units,
            grads=self.grads,
            corners={place: each.corner() for place, each in self._runs.items()},
            theory=replace(theory, variance=variance),
            seconds=run.source.seconds,
        )


class _Run:
    """One corner while its calls are made."""

    def __init__(self, experiment: Experiment, calls: int) -> None:
        self.source = RepeatedCalls(experiment)
        self.samples = np.empty((calls, min(SHOWN, self.source.units)), self.source.eval_output.dtype)
        self.seen: set[int] = set()
        self.digest = blake2b(digest_size=16)

    def advance(self, calls: int) -> None:
        first = self.source.done
        block = np.ascontiguousarray(self.source.advance(calls - first)) + 0  # -0 is 0, but has other bytes
        self.samples[first : self.source.done] = block[:, :SHOWN]
        self.seen.update(hash(row.tobytes()) for row in block)
        self.digest.update(block.tobytes())

    def corner(self) -> Corner:
        samples = self.samples[: self.source.done]
        return Corner(
            calls=len(samples),
            samples=samples,
            distinct=len(self.seen),
            digest=self.digest.digest(),
            eval_output=self.source.eval_output[:SHOWN],
            trajectory=trajectory(samples),
        )


def base(experiment: Experiment) -> Experiment:
    """The corner that stands for all four: train mode with gradients."""
    return replace(experiment, training=True, grad="enabled")


def grads_of(experiment: Experiment) -> tuple[GradMode, GradMode]:
    """With gradients, and the experiment's own way of going without: `no_grad` unless it says otherwise."""
    return ("enabled", "no_grad" if experiment.grad == "enabled" else experiment.grad)


def trajectory(samples: Samples) -> Trajectory:
    """samples: [calls, units]"""
    calls = tuple(sorted({round(point) for point in np.geomspace(2, len(samples), POINTS)}))
    return Trajectory(calls, tuple(moments(samples[:count]) for count in calls))
