"""The variance against the dropout probability."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from explorer.catalog import entry
from explorer.dropout.errors import StudyError
from explorer.dropout.intervals import Floats
from explorer.dropout.study import study_dropout
from explorer.experiment import Experiment

PS = (0.0, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95)


@dataclass(frozen=True, eq=False)
class Sweep:
    """One study for each p, all with one seed."""

    experiment: Experiment
    calls: int  # for each p
    p: NDArray[np.float64]  # [ps]
    variance: Floats  # [ps, units]
    interval: Floats  # [ps, units, 2], 95 %
    theory: NDArray[np.float64] | None  # [ps, units]; None unless there is a closed form at every p


def variance_against_p(experiment: Experiment, ps: Iterable[float] = PS, calls: int = 1000) -> Sweep:
    """Study the experiment at each p.

    Raises StudyError where the entry has no dropout probability, or a study cannot be made; ExperimentError for a p
    that the entry does not allow.
    """
    if entry(experiment.model).p is None:
        raise StudyError(f"{entry(experiment.model).title} has no dropout p to set, so there is none to vary.")
    studies = [study_dropout(replace(experiment, p=p), calls) for p in ps]
    if not studies:
        raise StudyError("Give at least one p.")
    theories = [study.theory for study in studies if study.theory is not None]
    return Sweep(
        experiment=experiment,
        calls=calls,
        p=np.array([study.experiment.p for study in studies]),
        variance=np.stack([study.variance for study in studies]),
        interval=np.stack([study.interval for study in studies]),
        theory=np.stack(theories) if len(theories) == len(studies) else None,
    )
