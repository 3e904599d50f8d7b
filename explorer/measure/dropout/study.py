"""Repeated calls as one record: samples, mean, variance, their intervals; and what theory says, when it is asked."""

from __future__ import annotations

import operator
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from explorer.experiment import Experiment
from explorer.measure.dropout.calls import RepeatedCalls, Samples
from explorer.measure.dropout.errors import StudyError
from explorer.measure.dropout.intervals import Floats, moments
from explorer.measure.dropout.theory import ClosedForm, closed_form
from explorer.runtime.isolation import give_way

MOST_CALLS = 1_000_000
MOST_BYTES = 100_000_000  # of samples


@dataclass(frozen=True, eq=False)
class DropoutStudy:
    """What repeated calls of one model on one input gave. Units are the output's elements, flattened."""

    experiment: Experiment
    calls: int
    samples: Samples = field(repr=False)  # [calls, units], in the order of the calls
    mean: Floats  # [units]
    variance: Floats  # [units], unbiased (divided by calls - 1)
    mean_interval: Floats  # [units, 2], 95 %, see `intervals`
    interval: Floats  # [units, 2], of the variance, 95 %; [0, 0] where the unit never varied
    eval_output: Samples  # [units], one call in eval mode before the others

    @property
    def theory(self) -> NDArray[np.float64] | None:
        """[units], the variance in closed form; None where none is claimed.

        Found when first asked for, by runs of a model of its own and one backward pass for each unit, while torch's
        lock is held.
        """
        return self._closed_form.variance

    @property
    def theory_because(self) -> str:
        """Why there is a closed form, or none, in one sentence."""
        return self._closed_form.because

    @cached_property
    def _closed_form(self) -> ClosedForm:
        return closed_form(self.experiment)

    @property
    def distinct(self) -> int:
        """How many different outputs the calls gave, all units taken together."""
        rows = np.ascontiguousarray(self.samples + 0.0)  # no negative zero: -0.0 equals 0.0, but not its bytes
        return len({row.tobytes() for row in rows})


def study_dropout(
    experiment: Experiment, calls: int = 1000, *, progress: Callable[[int, int], object] | None = None
) -> DropoutStudy:
    """Call the experiment's model again and again on one input, and describe the outputs.

    calls: 2 .. 1,000,000, as far as the samples stay under 100 MB.
    progress: called with (done, calls) while no lock is held; the study ends early when it returns False, and then
        describes the calls made so far.

    One seeding at the start, so that equal arguments give equal samples.

    Raises StudyError where the entry cannot be called, its call raises, or `calls` is not possible.
    """
    source, samples = _start(experiment, calls)
    while _advance(source, samples):
        if progress is not None and progress(source.done, len(samples)) is False and source.done >= 2:
            break
        give_way()
    return _describe(source, samples[: source.done])


def _start(experiment: Experiment, calls: int) -> tuple[RepeatedCalls, Samples]:
    """The calls to come, and room for their outputs: [calls, units]."""
    checked = check_calls(calls)
    source = RepeatedCalls(experiment)
    _check_memory(checked, source.units)
    return source, np.empty((checked, source.units), source.eval_output.dtype)


def _advance(source: RepeatedCalls, samples: Samples) -> bool:
    """One turn of calls; whether more are to come."""
    first = source.done
    block = source.advance(len(samples) - first)
    samples[first : source.done] = block
    return source.done < len(samples)


def _describe(source: RepeatedCalls, samples: Samples) -> DropoutStudy:
    """The record of these samples: [calls, units]."""
    found = moments(samples)
    return DropoutStudy(
        experiment=source.experiment,
        calls=len(samples),
        samples=samples,
        mean=found.mean,
        variance=found.variance,
        mean_interval=found.mean_interval,
        interval=found.interval,
        eval_output=source.eval_output,
    )


def check_calls(calls: object) -> int:
    """The number of calls. Raises StudyError where it is none that a study can have."""
    try:
        number = operator.index(calls)  # type: ignore[arg-type]
    except TypeError:
        number = -1
    if isinstance(calls, bool) or not 2 <= number <= MOST_CALLS:
        raise StudyError(f"calls must be a whole number from 2 to {MOST_CALLS:,}; {str(calls)[:40]!r} is not.")
    return number


def _check_memory(calls: int, units: int) -> None:
    most = MOST_BYTES // (4 * max(units, 1))
    if calls > most:
        raise StudyError(
            f"{calls:,} calls of {units:,} units each would take {calls * units * 4 / 1e6:,.0f} MB; "
            f"ask for at most {most:,} calls, or a smaller batch."
        )
