"""Study repeated calls: samples, mean, variance and their intervals; and what theory says, once it is asked for."""

from __future__ import annotations

import operator
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from explorer.experiment import Experiment
from explorer.measure.dropout.calls import RepeatedCalls, Samples, StudyError
from explorer.measure.dropout.intervals import Floats, moments
from explorer.measure.dropout.theory import ClosedForm, closed_form
from explorer.runtime.isolation import give_way

MOST_CALLS = 1_000_000
MOST_BYTES = 100_000_000  # of samples


@dataclass(frozen=True, eq=False)
class DropoutStudy:
    """The outputs of repeated calls of one model on one input. Units are the output's elements, flattened."""

    experiment: Experiment
    calls: int
    samples: Samples = field(repr=False)  # [calls, units], in the order of the calls
    mean: Floats  # [units]
    variance: Floats  # [units], unbiased (divided by calls - 1)
    mean_interval: Floats  # [units, 2], 95 % from `needed` calls on, see `intervals`
    interval: Floats  # [units, 2], of the variance, 95 %; [0, 0] where the unit never varied
    needed: Floats  # [units], the number of calls from which the intervals hold; infinite where the unit never varied
    eval_output: Samples  # [units], one call in eval mode before the others

    @property
    def theory(self) -> NDArray[np.float64] | None:
        """The variance in closed form, [units]; None where none is claimed.

        Computed at the first access, by runs of a new model and one backward pass for each unit, while torch's lock is
        held.
        """
        return self._closed_form.variance

    @property
    def theory_because(self) -> str:
        """One sentence on why there is a closed form, or none."""
        return self._closed_form.because

    @cached_property
    def _closed_form(self) -> ClosedForm:
        return closed_form(self.experiment)

    @property
    def distinct(self) -> int:
        """The number of different outputs; two outputs differ where any unit differs."""
        rows = np.ascontiguousarray(self.samples + 0.0)  # no negative zero: -0.0 equals 0.0, but not its bytes
        return len({row.tobytes() for row in rows})


def study_dropout(
    experiment: Experiment, calls: int = 1000, *, progress: Callable[[int, int], object] | None = None
) -> DropoutStudy:
    """Call the experiment's model again and again on one input, and return a study of the outputs.

    calls: 2 .. 1,000,000, as far as the samples stay under 100 MB.
    progress: called with (done, calls) while no lock is held; the study ends early when it returns False, and then
        is of the calls made so far.

    The random generator is seeded once, at the start, so equal arguments give equal samples.

    Raises StudyError where the entry cannot be called, its call raises, or `calls` is not possible.
    """
    repeated, samples = _start(experiment, calls)
    while _advance(repeated, samples):
        if progress is not None and progress(repeated.done, len(samples)) is False and repeated.done >= 2:
            break
        give_way()
    return _describe(repeated, samples[: repeated.done])


def _start(experiment: Experiment, calls: int) -> tuple[RepeatedCalls, Samples]:
    """Return what makes the calls, and an empty array for their outputs: [calls, units]."""
    checked = check_calls(calls)
    repeated = RepeatedCalls(experiment)
    _check_memory(checked, repeated.units)
    return repeated, np.empty((checked, repeated.units), repeated.eval_output.dtype)


def _advance(repeated: RepeatedCalls, samples: Samples) -> bool:
    """Make the calls of one time slice; return whether any are left."""
    first = repeated.done
    block = repeated.advance(len(samples) - first)
    samples[first : repeated.done] = block
    return repeated.done < len(samples)


def _describe(repeated: RepeatedCalls, samples: Samples) -> DropoutStudy:
    """Return the study of these samples: [calls, units]."""
    found = moments(samples)
    return DropoutStudy(
        experiment=repeated.experiment,
        calls=len(samples),
        samples=samples,
        mean=found.mean,
        variance=found.variance,
        mean_interval=found.mean_interval,
        interval=found.interval,
        needed=found.needed,
        eval_output=repeated.eval_output,
    )


def check_calls(calls: object) -> int:
    """Return the number of calls. Raises StudyError unless it is a whole number from 2 to 1,000,000."""
    try:
        number = operator.index(calls)  # type: ignore[arg-type]
    except TypeError:
        number = -1
    if isinstance(calls, bool) or not 2 <= number <= MOST_CALLS:
        raise StudyError(f"calls must be a whole number from 2 to {MOST_CALLS:,}; {str(calls)[:40]!r} is not.")
    return number


def _check_memory(calls: int, units: int) -> None:
    """Raise StudyError where the samples would take more than `MOST_BYTES`."""
    most = MOST_BYTES // (4 * max(units, 1))
    if calls > most:
        raise StudyError(
            f"{calls:,} calls of {units:,} units each would take {calls * units * 4 / 1e6:,.0f} MB; "
            f"ask for at most {most:,} calls, or a smaller batch."
        )
