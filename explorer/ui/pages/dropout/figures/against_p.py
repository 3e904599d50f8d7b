"""Measure the variance of the output at many dropout probabilities, and draw it against p."""

from __future__ import annotations

from dataclasses import replace
from itertools import count

import numpy as np
import pandas as pd
import streamlit as st

from explorer.catalog import entry
from explorer.experiment import Experiment
from explorer.measure.dropout import AtP, ModeGrid, closed_form, variance_against_p, variance_at_p
from explorer.measure.dropout.sweep import PS
from explorer.ui.pages.dropout import charts, tables, words
from explorer.ui.pages.dropout.figures.parts import HEIGHT, draw_caption, draw_model_button, is_dark

CALLS_AT_P = 1_000  # where a call takes no time to speak of
SWEEP_UNITS = 3  # drawn; more would lie on each other


def draw_against_p(experiment: Experiment, study: ModeGrid) -> None:
    """Draw the figure, with a progress bar while it is measured; a sentence for a model without a p."""
    title = entry(experiment.model).title
    if entry(experiment.model).p is None:
        st.info(f"`{title}` has no dropout p to set, so there is none to vary.")
        if not words.gave_one_output(study):  # else it is offered above
            draw_model_button("dropout")
        return
    calls = _calls_at_p(study.seconds)
    slot, done = st.empty(), count(1)

    def measure(at_p: Experiment, calls: int) -> AtP:
        found = _at_p(at_p, calls)
        if calls < CALLS_AT_P:
            slot.progress(next(done) / len(PS), f"p = {at_p.p:g}")
        return found

    sweep = variance_against_p(study.experiment, PS, calls, study=measure)
    slot.empty()
    table = tables.sweep(sweep, SWEEP_UNITS)
    curve = tables.curve(*_curve(study.experiment), SWEEP_UNITS) if sweep.theory is not None else pd.DataFrame()
    dashed = "Dashed: the closed form." if sweep.theory is not None else "No closed form is claimed for this model."
    draw_caption(
        f"Train mode, {calls:,} calls at each p. {words.bars(int(sweep.holds.sum()), sweep.holds.size)} {dashed}",
        "variance-against-p",
        experiment,
        lambda: tables.sweep(sweep, sweep.variance.shape[1]),
    )
    charts.show_chart(
        charts.against_p(table, curve, height=HEIGHT + 40, dark=is_dark(), noun=entry(experiment.model).output),
        "against-p",
        f"Variance of the output in train mode against p, from {PS[0]:g} to {PS[-1]:g}, {calls:,} calls at each.",
    )


@st.cache_data(max_entries=256, show_spinner=False)
def _at_p(experiment: Experiment, calls: int) -> AtP:
    return variance_at_p(experiment, calls)


@st.cache_data(max_entries=64, show_spinner=False)
def _curve(experiment: Experiment) -> tuple[list[float], np.ndarray]:
    """Return the closed form, between the measured points too: p, and [p, units]."""
    ps = [round(p, 2) for p in np.linspace(0, PS[-1], 39)]
    forms = [closed_form(replace(experiment, p=p)).variance for p in ps]
    return ps, np.stack([form for form in forms if form is not None])


def _calls_at_p(seconds: float) -> int:
    """Return how many calls to make at each p, fewer where one takes long: the figure should take seconds.

    seconds: what one call takes.
    """
    if seconds < 0.0002:
        return CALLS_AT_P
    return 200 if seconds < 0.002 else 50
