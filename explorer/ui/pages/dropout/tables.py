"""Make the tables that the charts draw and the CSV files hold."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from explorer.measure.dropout import GridCell, ModeGrid, RunningStatistics, Sweep
from explorer.ui.pages.dropout.charts import EVAL_OUTPUT

BINS = 40  # of a unit that gave more different values than that
CHANNELS = 4
MARGIN = 0.36  # of the range, on either side: for the shares written beside the outermost circles


def outputs(cell: GridCell) -> pd.DataFrame:
    """Return how often each unit gave each value, in bins where there are many: unit, value, calls, percent."""
    rows = []
    for unit, column in enumerate(cell.samples.T):
        values, counts = np.unique(column, return_counts=True)
        if len(values) > BINS:
            counts, edges = np.histogram(column, BINS)
            values = (edges[:-1] + edges[1:]) / 2
        rows += [
            {"unit": str(unit), "value": float(value), "calls": int(count), "percent": 100 * int(count) / cell.calls}
            for value, count in zip(values, counts, strict=True)
            if count
        ]
    return pd.DataFrame(rows, columns=["unit", "value", "calls", "percent"])


def reference_values(cell: GridCell, evaluated: bool = True) -> pd.DataFrame:
    """Return each unit's mean over the calls, and its eval output where there is one: unit, value, name."""
    mean = ("mean of the calls", cell.moments.mean)
    named = ((EVAL_OUTPUT, cell.eval_output), mean) if evaluated else (mean,)
    rows = [
        {"unit": str(unit), "value": float(value), "name": name}
        for name, values in named
        for unit, value in enumerate(values)
    ]
    return pd.DataFrame(rows, columns=["unit", "value", "name"])


def domain(study: ModeGrid) -> tuple[float, float]:
    """Return the range of all cells' outputs, with a margin."""
    values = [part for cell in study.cells.values() for part in (cell.samples, cell.eval_output)]
    low, high = min(float(part.min()) for part in values), max(float(part.max()) for part in values)
    margin = MARGIN * (high - low) or 0.1 * abs(high) or 1.0
    return low - margin, high + margin


def outputs_csv(study: ModeGrid) -> pd.DataFrame:
    """Return all four cells, one under the other."""
    parts = [outputs(cell).assign(mode=mode, grad=grad) for (mode, grad), cell in study.cells.items()]
    return pd.concat(parts, ignore_index=True)[["mode", "grad", "unit", "value", "calls", "percent"]]


def convergence(cell: GridCell, unit: int, variance: bool) -> pd.DataFrame:
    """Return the mean or the variance of one unit over the first so many calls: calls, value, low, high.

    The interval's ends are NaN where the calls are too few for it to hold.
    """
    found = cell.trajectory
    holds = np.asarray(found.calls) >= cell.moments.needed[unit]
    bounds = np.where(holds[:, None], found.of("interval" if variance else "mean_interval")[:, unit], np.nan)
    values = found.of("variance" if variance else "mean")[:, unit]
    return pd.DataFrame({"calls": found.calls, "value": values, "low": bounds[:, 0], "high": bounds[:, 1]})


def convergence_csv(study: ModeGrid) -> pd.DataFrame:
    """Return mean and variance of every shown unit in every cell."""
    parts = []
    for (mode, grad), cell in study.cells.items():
        for unit in range(cell.samples.shape[1]):
            mean, variance = (convergence(cell, unit, which).set_index("calls") for which in (False, True))
            parts.append(
                mean.add_prefix("mean_")
                .join(variance.add_prefix("variance_"))
                .reset_index()
                .assign(
                    mode=mode,
                    grad=grad,
                    unit=unit,
                    eval_output=cell.eval_output[unit],
                    closed_form=None
                    if study.theory.variance is None
                    else study.theory.variance[unit]
                    if mode == "train"
                    else 0.0,
                )
            )
    return pd.concat(parts, ignore_index=True)


def sweep(study: Sweep, units: int) -> pd.DataFrame:
    """Return the first units' variance at each p: unit, p, variance, low, high, closed_form.

    The interval's ends are NaN where the calls are too few for it to hold.
    """
    rows = [
        {
            "unit": str(unit),
            "p": float(p),
            "variance": float(study.variance[index, unit]),
            "low": float(study.interval[index, unit, 0]) if study.holds[index, unit] else None,
            "high": float(study.interval[index, unit, 1]) if study.holds[index, unit] else None,
            "closed_form": None if study.theory is None else float(study.theory[index, unit]),
        }
        for index, p in enumerate(study.p)
        for unit in range(min(units, study.variance.shape[1]))
    ]
    return pd.DataFrame(rows).astype({"low": float, "high": float})


def curve(ps: Sequence[float], variances: NDArray[np.float64], units: int) -> pd.DataFrame:
    """Return the closed form of the first units: unit, p, variance.

    variances: [ps, units].
    """
    return pd.DataFrame(
        [
            {"unit": str(unit), "p": p, "variance": float(variance)}
            for p, row in zip(ps, variances, strict=True)
            for unit, variance in enumerate(row[:units])
        ]
    )


def running(studies: dict[str, RunningStatistics], layer: int) -> pd.DataFrame:
    """Return the running statistics of one batch norm's first channels after each call.

    Columns: series, call, channel, running_mean, running_var, num_batches_tracked.
    """
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
