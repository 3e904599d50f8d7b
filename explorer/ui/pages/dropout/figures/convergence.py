"""Draw mean and variance of one unit over more and more calls."""

from __future__ import annotations

import streamlit as st

from explorer.experiment import Experiment
from explorer.measure.dropout import ModeGrid
from explorer.ui.pages.dropout import charts, tables, words
from explorer.ui.pages.dropout.figures.parts import HEIGHT, draw_caption, is_dark


def draw_convergence(experiment: Experiment, study: ModeGrid) -> None:
    """Draw a control for the unit, the mean on the left, and the variance on the right."""
    cell, dark = study.cells["train", study.grad_modes[0]], is_dark()
    noun = words.noun(study)
    unit = st.segmented_control(
        f"{noun.capitalize()} of the output",
        list(range(cell.samples.shape[1])),
        default=0,
        required=True,
        key="unit",
        bind="query-params",
    )
    unit = int(unit or 0)
    draw_caption(
        f"{words.band(cell, unit, noun)} {words.theory(study)}",
        "mean-and-variance",
        experiment,
        lambda: tables.convergence_csv(study),
    )
    left, right = st.columns(2, gap="medium")
    with left:
        reference = [("eval", float(cell.eval_output[unit]))] if study.has_eval_output else []
        table = tables.convergence(cell, unit, variance=False)
        charts.show_chart(
            charts.convergence(table, reference, "mean", height=HEIGHT, dark=dark),
            "mean",
            words.converging(f"mean of {noun} {unit}", table),
        )
    with right:
        evaluated = study.cells["eval", study.grad_modes[0]].moments.variance[unit]
        references = [("eval", float(evaluated))]
        if study.theory.variance is not None:
            references.append(("closed form", float(study.theory.variance[unit])))
        table = tables.convergence(cell, unit, variance=True)
        charts.show_chart(
            charts.convergence(table, references, "variance", height=HEIGHT, dark=dark),
            "variance",
            words.converging(f"variance of {noun} {unit}", table),
        )
