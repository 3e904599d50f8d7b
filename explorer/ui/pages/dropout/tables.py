"""The figures as tables: what the charts draw and what the CSV files hold."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from explorer.measure.dropout import Corner, Corners, RunningStatistics, Sweep
from explorer.ui.pages.dropout.charts import EVAL_OUTPUT

BINS = 40  # of a unit that gave more different values than that
CHANNELS = 4
ROOM = 0.36  # of the range, on either side: for the shares written beside the outermost circles


def outputs(corner: Corner) -> pd.DataFrame:
    """unit, value, calls, percent: how often each unit gave each value, in bins where there are many."""
    rows = []
    for unit, column in enumerate(corner.samples.T):
        values, counts = np.unique(column, return_counts=True)
        if len(values) > BINS:
            counts, edges = np.histogram(column, BINS)
            values = (edges[:-1] + edges[1:]) / 2
        rows += [
            {"unit": str(unit), "value": float(value), "calls": int(count), "percent": 100 * int(count) / corner.calls}
            for value, count in zip(values, counts, strict=True)
            if count
        ]
    return pd.DataFrame(rows, columns=["unit", "value", "calls", "percent"])


def marks(corner: Corner, evaluated: bool = True) -> pd.DataFrame:
    """unit, value, mark: the mean of the calls, and the eval output where there is one."""
    mean = ("mean of the calls", corner.moments.mean)
    named = ((EVAL_OUTPUT, corner.eval_output), mean) if evaluated else (mean,)
    rows = [
        {"unit": str(unit), "value": float(value), "mark": name}
        for name, values in named
        for unit, value in enumerate(values)
    ]
    return pd.DataFrame(rows, columns=["unit", "value", "mark"])


def domain(study: Corners) -> tuple[float, float]:
    """The range of all corners' outputs, with a margin."""
    values = [part for corner in study.corners.values() for part in (corner.samples, corner.eval_output)]
    low, high = min(float(part.min()) for part in values), max(float(part.max()) for part in values)
    margin = ROOM * (high - low) or 0.1 * abs(high) or 1.0
    return low - margin, high + margin


def outputs_csv(study: Corners) -> pd.DataFrame:
    """All four corners, one under the other."""
    parts = [outputs(corner).assign(mode=mode, grad=grad) for (mode, grad), corner in study.corners.items()]
    return pd.concat(parts, ignore_index=True)[["mode", "grad", "unit", "value", "calls", "percent"]]


def convergence(corner: Corner, unit: int, variance: bool) -> pd.DataFrame:
    """calls, value, low, high: the mean or the variance of one unit over the first so many calls."""
    found = corner.trajectory
    bounds = found.of("interval" if variance else "mean_interval")[:, unit]
    values = found.of("variance" if variance else "mean")[:, unit]
    return pd.DataFrame({"calls": found.calls, "value": values, "low": bounds[:, 0], "high": bounds[:, 1]})


def convergence_csv(study: Corners) -> pd.DataFrame:
    """Mean and variance of every shown unit in every corner."""
    parts = []
    for (mode, grad), corner in study.corners.items():
        for unit in range(corner.samples.shape[1]):
            mean, variance = (convergence(corner, unit, which).set_index("calls") for which in (False, True))
            parts.append(
                mean.add_prefix("mean_")
                .join(variance.add_prefix("variance_"))
                .reset_index()
                .assign(
                    mode=mode,
                    grad=grad,
                    unit=unit,
                    eval_output=corner.eval_output[unit],
                    closed_form=None
                    if study.theory.variance is None
                    else study.theory.variance[unit]
                    if mode == "train"
                    else 0.0,
                )
            )
    return pd.concat(parts, ignore_index=True)


def sweep(study: Sweep, units: int) -> pd.DataFrame:
    """unit, p, variance, low, high, closed_form of the first units."""
    rows = [
        {
            "unit": str(unit),
            "p": float(p),
            "variance": float(study.variance[place, unit]),
            "low": float(study.interval[place, unit, 0]),
            "high": float(study.interval[place, unit, 1]),
            "closed_form": None if study.theory is None else float(study.theory[place, unit]),
        }
        for place, p in enumerate(study.p)
        for unit in range(min(units, study.variance.shape[1]))
    ]
    return pd.DataFrame(rows)


def curve(ps: Sequence[float], variances: NDArray[np.float64], units: int) -> pd.DataFrame:
    """unit, p, variance: the closed form of the first units. variances: [ps, units]"""
    return pd.DataFrame(
        [
            {"unit": str(unit), "p": p, "variance": float(variance)}
            for p, row in zip(ps, variances, strict=True)
            for unit, variance in enumerate(row[:units])
        ]
    )


def running(studies: dict[str, RunningStatistics], layer: int) -> pd.DataFrame:
    """series, call, channel, running_mean, running_var, num_batches_tracked of one batch norm's first channels."""
    rows = [
        {
            "series": name,
            "call": call,
            "channel": str(channel),
            "running_mean": float(found.running_mean[call, channel]),
            "running_var": float(found.running_var[call, channel]),
            "num_batches_tracked": int(found.num_batches_tracked[call]),
        }
        for name, study in studies.items()
        for found in (study.layers[layer],)
        for call in range(study.calls + 1)
        for channel in range(min(CHANNELS, found.running_mean.shape[1]))
    ]
    return pd.DataFrame(rows)
