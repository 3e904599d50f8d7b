"""Draw the values that came out in each cell, unit by unit."""

from __future__ import annotations

import streamlit as st

from explorer.catalog import entry
from explorer.experiment import Experiment
from explorer.measure.dropout import ModeGrid
from explorer.ui.pages.dropout import charts, tables, words
from explorer.ui.pages.dropout.figures.parts import draw_caption, is_dark


def draw_outputs(experiment: Experiment, study: ModeGrid) -> None:
    """Draw a chart for each mode and grad mode."""
    domain, dark = tables.domain(study), is_dark()
    module = entry(experiment.model).kind == "module"
    draw_caption(
        "Each circle is a value that came out; its area is the share of calls. "
        f"{'**|** is the eval output, ' if study.has_eval_output and module else ''}**◇** "
        f"{'' if study.has_eval_output and module else 'is '}the mean of the calls.{_drawn_units(study)}",
        "outputs",
        experiment,
        lambda: tables.outputs_csv(study),
    )
    for mode in ("train", "eval") if module else ("train",):  # what is no module has no mode
        for pane, grad in zip(st.columns(2, gap="medium"), study.grad_modes, strict=True):
            cell = study.cells[mode, grad]
            with pane:
                named = "gradients enabled" if grad == "enabled" else f"`{grad}`"
                st.markdown(f"{f'**{mode}**, ' if module else ''}{named}: **{words.different(cell.distinct)}**")
                charts.show_chart(
                    charts.strip(
                        tables.outputs(cell),
                        tables.reference_values(cell, study.has_eval_output and module),
                        domain,
                        train=mode == "train",
                        dark=dark,
                        noun=entry(experiment.model).output,
                    ),
                    f"units-{cell.samples.shape[1]}-{mode}-{grad}",
                    f"Outputs of {cell.calls} calls{f' in {mode} mode' if module else ''}, {grad}.",
                )


def _drawn_units(study: ModeGrid) -> str:
    """Return a sentence on how many units are drawn; "" where all are."""
    return "" if not words.first_of(study) else f" Drawn: {words.first_of(study)}."
