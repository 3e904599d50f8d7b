"""Say what repeated calls gave. Every number in the sentences is counted or computed from the calls."""

from __future__ import annotations

from math import ceil, inf

import numpy as np
import pandas as pd

from explorer.catalog import entry
from explorer.experiment import Experiment
from explorer.measure.dropout import GridCell, ModeGrid, RunningStatistics
from explorer.measure.dropout.intervals import ENOUGH
from explorer.wording import count


def headline(study: ModeGrid) -> str:
    """Return what the four cells have in common, and where they differ, as Markdown."""
    plain, without = study.grad_modes
    if entry(study.experiment.model).kind != "module":
        one, other = study.cells["train", plain], study.cells["train", without]
        same = one.digest == other.digest
        effect = "changed nothing: with equal seeds, all outputs are equal" if same else "changed outputs"
        gave = f"{study.calls:,} calls gave **{different(one.distinct)}**."
        return f"{gave} What is called is no module, so it has no train or eval mode. `{without}` {effect}."
    train, evaluated = study.cells["train", plain], study.cells["eval", plain]
    first = f"In train mode {study.calls:,} calls gave **{different(train.distinct)}**; "
    first += f"in eval mode **{different(evaluated.distinct)}**."
    if train.distinct == 1 and evaluated.distinct == 1:
        same = train.digest == evaluated.digest  # as many calls each, and of every unit
        first += " The two are equal." if same else " The two are not equal."
    return f"{first} {_without_gradients(study, without)}"


def gave_one_output(study: ModeGrid) -> bool:
    """Return whether each cell gave one output: then there is nothing to see of what varies."""
    return all(cell.distinct == 1 for cell in study.cells.values())


def left_out(experiment: Experiment) -> str:
    """Return which settings of a run a study does without; "" where it has none of them."""
    names = [f"`via={experiment.entry_mode}`"] if experiment.entry_mode != "eager" else []
    names += ["`backward()`"] if experiment.backward else []
    return f"Each call is made without {' and '.join(names)}: what it returns is the same." if names else ""


def different(number: int) -> str:
    """Return "1 output, every time the same", "8 different outputs"."""
    return "1 output, every time the same" if number == 1 else f"{number:,} different outputs"


def converging(statistic: str, table: pd.DataFrame) -> str:
    """Return what a figure of convergence shows, for readers who cannot see it.

    statistic: as "mean of unit 0".
    table: calls, value, low, high, the last two NaN where the calls are too few for an interval.
    """
    last = table.iloc[-1]
    interval = "" if last["low"] != last["low"] else f", 95 % interval from {last['low']:.4g} to {last['high']:.4g}"
    return (
        f"The {statistic} over more and more calls in train mode. "
        f"Over {last['calls']:,.0f}: {last['value']:.4g}{interval}."
    )


def band(cell: GridCell, unit: int, noun: str = "unit") -> str:
    """Return what the band around a unit's mean and variance is and where it begins, or why there is none."""
    needed = float(cell.moments.needed[unit])
    if needed == inf:
        return f"{noun.capitalize()} {unit} did not vary, so there is no band around it."
    rule = f"{ENOUGH:.0f} times the kurtosis of this {noun}'s outputs"
    if needed > cell.calls:
        return f"No band: an interval would need about {needed:,.0f} calls here ({rule})."
    return (
        "The band is a 95 % interval (Bonett 2006, Newcombe 1998): of 100 simulated studies it held the true value in "
        f"about 95, and in 91 in the worst case that was tried. It begins at {ceil(needed):,} calls, {rule}."
    )


def bars(drawn: int, all_points: int) -> str:
    """Return what the bars of so many points are, where not all have one."""
    if not drawn:
        return "No point has calls enough for a 95 % interval."
    return "Bars are 95 % intervals" + ("." if drawn == all_points else ", drawn where the calls are enough for one.")


def _without_gradients(study: ModeGrid, without: str) -> str:
    plain = study.grad_modes[0]
    pairs = {mode: (study.cells[mode, plain], study.cells[mode, study.grad_modes[1]]) for mode in ("train", "eval")}
    unequal = [mode for mode, (one, other) in pairs.items() if one.digest != other.digest]
    if not unequal:
        return f"`{without}` changed nothing: with equal seeds, all outputs are equal."
    if all(one.distinct == other.distinct for one, other in pairs.values()):
        furthest = max(float(np.abs(one.samples - other.samples).max()) for one, other in pairs.values())
        among = first_of(study)
        return (
            f"With equal seeds, `{without}` changed outputs in {' and '.join(unequal)} mode: by at most "
            f"{furthest:.2g}{f' in {among}' if among else ''}."
        )
    return f"Under `{without}` the number of different outputs is another one."


def noun(study: ModeGrid) -> str:
    """Return what one number of the output stands for: "unit" or "class"."""
    return entry(study.experiment.model).output


def first_of(study: ModeGrid) -> str:
    """Return "the first 6 of 10 units"; empty where all are shown."""
    shown = next(iter(study.cells.values())).samples.shape[1]
    return "" if shown == study.units else f"the first {shown} of {_units(study.units, noun(study))}"


def _units(number: int, noun: str) -> str:
    """Return "3 units", "10 classes"."""
    return count(number, noun, "classes" if noun == "class" else "")


def theory(study: ModeGrid) -> str:
    """Return what the closed form says, and how the measured variance compares with it."""
    form = study.theory
    if form.variance is None:
        return f"No closed form is claimed. {form.because}"
    found = study.cells["train", study.grad_modes[0]].moments
    inside = (found.interval[:, 0] <= form.variance) & (form.variance <= found.interval[:, 1])
    holds, shown = found.needed <= study.calls, len(inside)
    still = np.isinf(found.needed)
    among = first_of(study) or _units(shown, noun(study))
    sentences = [form.because]
    if holds.any():
        of = among if holds.all() else f"the {int(holds.sum())} that have one, among {among}"
        sentences.append(f"It lies in the 95 % interval of {int((inside & holds).sum())} of {of}.")
    if still.any():
        as_it_says = int((still & (form.variance == 0)).sum())
        sentences.append(f"{_units(int(still.sum()), noun(study))} did not vary; it gives 0 for {as_it_says} of them.")
    return " ".join(sentences)


def running(train: RunningStatistics, without: RunningStatistics, evaluated: RunningStatistics) -> str:
    """Return what calls did to the running statistics of a batch norm, in each mode."""
    if not train.layers:
        title = entry(train.experiment.model).title
        return f"`{title}` has no batch norm, so there are no running statistics that a call could change."
    layer = train.layers[0]
    equal = "were all equal" if train.outputs_equal else "differed"
    counts = f"{layer.num_batches_tracked[0]} to {layer.num_batches_tracked[-1]}"
    statistics = (
        f"yet the running statistics of `{layer.module}` changed (`num_batches_tracked` from {counts})"
        if train.outputs_equal and train.changed
        else f"and the running statistics {'changed' if train.changed else 'stayed as they were'}"
    )
    grad = without.experiment.grad
    same = all(
        np.array_equal(getattr(one, name), getattr(other, name))
        for one, other in zip(train.layers, without.layers, strict=True)
        for name in ("running_mean", "running_var", "num_batches_tracked")
    )
    alike = f"`{grad}` did not stop that: they changed alike" if without.changed else f"Under `{grad}` they stayed too"
    also = alike if same else f"Under `{grad}` they differ"
    still = "In eval mode they changed too." if evaluated.changed else "In eval mode they did not change."
    return f"In train mode the outputs of {train.calls} calls {equal}, {statistics}. {also}. {still}"
