"""Sentences on repeated calls. Every number in them is counted or computed from the calls."""

from __future__ import annotations

import numpy as np
import pandas as pd

from explorer.catalog import entry
from explorer.experiment import Experiment
from explorer.measure.dropout import Corners, RunningStatistics
from explorer.wording import count


def headline(study: Corners) -> str:
    """Markdown: what the four corners have in common, and where they differ."""
    plain, without = study.grads
    if entry(study.experiment.model).kind != "module":
        one, other = study.corners["train", plain], study.corners["train", without]
        same = one.digest == other.digest
        said = "changed nothing: with equal seeds, all outputs are equal" if same else "changed outputs"
        gave = f"{study.calls:,} calls gave **{different(one.distinct)}**."
        return f"{gave} What is called is no module, so it has no train or eval mode. `{without}` {said}."
    train, evaluated = study.corners["train", plain], study.corners["eval", plain]
    first = f"In train mode {study.calls:,} calls gave **{different(train.distinct)}**; "
    first += f"in eval mode **{different(evaluated.distinct)}**."
    if train.distinct == 1 and evaluated.distinct == 1:
        same = train.digest == evaluated.digest  # as many calls each, and of every unit
        first += " The two are equal." if same else " The two are not equal."
    return f"{first} {_without_gradients(study, without)}"


def steady(study: Corners) -> bool:
    """Whether each corner gave one output: there is nothing to see of what varies."""
    return all(corner.distinct == 1 for corner in study.corners.values())


def left_out(experiment: Experiment) -> str:
    """Which settings of a run a study does without; "" where it has none of them."""
    said = [f"`via={experiment.via}`"] if experiment.via != "eager" else []
    said += ["`backward()`"] if experiment.backward else []
    return f"Each call is made without {' and '.join(said)}: what it returns is the same." if said else ""


def different(number: int) -> str:
    """ "1 output", "8 different outputs"."""
    return "1 output, every time the same" if number == 1 else f"{number:,} different outputs"


def converging(statistic: str, unit: int, table: pd.DataFrame) -> str:
    """What a figure of convergence shows, for who cannot see it. table: calls, value, low, high."""
    last = table.iloc[-1]
    return (
        f"The {statistic} of unit {unit} over more and more calls in train mode. "
        f"Over {last['calls']:,.0f}: {last['value']:.4g}, 95 % interval from {last['low']:.4g} to {last['high']:.4g}."
    )


def _without_gradients(study: Corners, without: str) -> str:
    plain = study.grads[0]
    pairs = {mode: (study.corners[mode, plain], study.corners[mode, study.grads[1]]) for mode in ("train", "eval")}
    unequal = [mode for mode, (one, other) in pairs.items() if one.digest != other.digest]
    if not unequal:
        return f"`{without}` changed nothing: with equal seeds, all outputs are equal."
    if all(one.distinct == other.distinct for one, other in pairs.values()):
        furthest = max(float(np.abs(one.samples - other.samples).max()) for one, other in pairs.values())
        among = _first_of(pairs["train"][0].samples.shape[1], study.units)
        return (
            f"With equal seeds, `{without}` changed outputs in {' and '.join(unequal)} mode: by at most "
            f"{furthest:.2g}{f' in {among}' if among else ''}."
        )
    return f"Under `{without}` the number of different outputs is another one."


def _first_of(shown: int, units: int) -> str:
    """ "the first 6 of 10 units"; empty where all are shown."""
    return "" if shown == units else f"the first {shown} of {units:,} units"


def theory(study: Corners) -> str:
    """What the closed form says, and how it compares."""
    form = study.theory
    if form.variance is None:
        return f"No closed form is claimed. {form.because}"
    found = study.corners["train", study.grads[0]].moments
    inside = (found.interval[:, 0] <= form.variance) & (form.variance <= found.interval[:, 1])
    among = _first_of(len(inside), study.units) or count(len(inside), "unit")
    return f"{form.because} It lies in the 95 % interval of {int(inside.sum())} of {among}."


def running(train: RunningStatistics, without: RunningStatistics, evaluated: RunningStatistics) -> str:
    """Batch norm's story."""
    if not train.layers:
        title = entry(train.experiment.model).title
        return f"`{title}` has no batch norm, so a call leaves nothing behind."
    layer = train.layers[0]
    equal = "were all equal" if train.outputs_equal else "differed"
    counts = f"{layer.num_batches_tracked[0]} to {layer.num_batches_tracked[-1]}"
    moved = (
        f"yet the running statistics of `{layer.module}` moved (`num_batches_tracked` from {counts})"
        if train.outputs_equal and train.moved
        else f"and the running statistics {'moved' if train.moved else 'stayed'}"
    )
    grad = without.experiment.grad
    same = all(
        np.array_equal(getattr(one, name), getattr(other, name))
        for one, other in zip(train.layers, without.layers, strict=True)
        for name in ("running_mean", "running_var", "num_batches_tracked")
    )
    alike = f"`{grad}` did not stop that: they moved alike" if without.moved else f"Under `{grad}` they stayed too"
    also = alike if same else f"Under `{grad}` they differ"
    still = "In eval mode they moved too." if evaluated.moved else "In eval mode nothing moved."
    return f"In train mode the outputs of {train.calls} calls {equal}, {moved}. {also}. {still}"
