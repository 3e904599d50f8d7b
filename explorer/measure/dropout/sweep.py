"""Study the variance against the dropout probability."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from explorer.catalog import entry
from explorer.experiment import Experiment
from explorer.measure.dropout.calls import StudyError
from explorer.measure.dropout.intervals import Floats
from explorer.measure.dropout.study import study_dropout

PS = (0.0, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95)


@dataclass(frozen=True, eq=False)
class Sweep:
    """One study for each p, all with one seed."""

    experiment: Experiment
    calls: int  # for each p
    p: NDArray[np.float64]  # [ps]
    variance: Floats  # [ps, units]
    interval: Floats  # [ps, units, 2], 95 % where it holds
    holds: NDArray[np.bool_]  # [ps, units], whether the calls are enough for the interval
    theory: NDArray[np.float64] | None  # [ps, units]; None unless there is a closed form at every p


class AtP(NamedTuple):
    """The part of one study that a sweep keeps."""

    variance: Floats  # [units]
    interval: Floats  # [units, 2]
    holds: NDArray[np.bool_]  # [units]
    theory: NDArray[np.float64] | None  # [units]


def variance_at_p(experiment: Experiment, calls: int) -> AtP:
    """Study the experiment at the p that it has."""
    study = study_dropout(experiment, calls)
    return AtP(study.variance, study.interval, study.calls >= study.needed, study.theory)


def variance_against_p(
    experiment: Experiment,
    ps: Iterable[float] = PS,
    calls: int = 1000,
    *,
    study: Callable[[Experiment, int], AtP] = variance_at_p,
) -> Sweep:
    """Study the experiment at each p.

    study: makes each study, or returns one from a cache.

    Raises StudyError where the entry has no dropout probability, or a study cannot be made; ExperimentError for a p
    that the entry does not allow.
    """
    if entry(experiment.model).p is None:
        raise StudyError(f"{entry(experiment.model).title} has no dropout p to set, so there is none to vary.")
    at_each_p = [replace(experiment, p=p) for p in ps]
    if not at_each_p:
        raise StudyError("Give at least one p.")
    studies = [study(each, calls) for each in at_each_p]
    theories = [found.theory for found in studies if found.theory is not None]
    return Sweep(
        experiment=experiment,
        calls=calls,
        p=np.array([each.p for each in at_each_p]),
        variance=np.stack([found.variance for found in studies]),
        interval=np.stack([found.interval for found in studies]),
        holds=np.stack([found.holds for found in studies]),
        theory=np.stack(theories) if len(theories) == len(studies) else None,
    )
