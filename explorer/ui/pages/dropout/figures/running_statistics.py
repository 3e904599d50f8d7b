"""Draw what calls do to the running statistics of a batch norm."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from explorer.experiment import Experiment
from explorer.measure.dropout import ModeGrid, RunningStatistics, study_running_statistics
from explorer.ui.pages.dropout import charts, tables, words
from explorer.ui.pages.dropout.figures.parts import HEIGHT, draw_caption, draw_model_button, is_dark


def draw_running_statistics(experiment: Experiment, study: ModeGrid) -> None:
    """Draw `running_mean` and `running_var` after each call; a sentence for a model without a batch norm."""
    calls = 30 if study.seconds < 0.02 else 8
    train = _statistics(study.experiment, calls)
    without = _statistics(replace(study.experiment, grad=study.grad_modes[1]), calls)
    evaluated = _statistics(replace(study.experiment, training=False), calls)
    if not train.layers:
        st.markdown(words.running(train, without, evaluated))
        draw_model_button("batchnorm")
        return
    names = [layer.module for layer in train.layers]
    chosen = names[0]
    if len(names) > 1:
        chosen = st.selectbox("Batch norm", names, key="layer", bind="query-params", width=260)
    named = {"train": train, f"train, {study.grad_modes[1]}": without, "eval": evaluated}
    table = tables.running(named, names.index(chosen))
    draw_caption(words.running(train, without, evaluated), "running-statistics", experiment, lambda: table)
    left, right = st.columns(2, gap="medium")
    for pane, column in ((left, "running_mean"), (right, "running_var")):
        with pane:
            st.markdown(f"**`{column}`**, first {table['channel'].nunique()} channels")
            drawn = table.rename(columns={column: "value"})[["series", "call", "channel", "value"]]
            charts.show_chart(
                charts.statistics(drawn, column, height=HEIGHT, dark=is_dark()),
                column,
                f"{column} of {chosen} after each of {calls} calls: {', '.join(named)}.",
            )


@st.cache_resource(max_entries=32, show_spinner="Calling the model, and reading its running statistics …")
def _statistics(experiment: Experiment, calls: int) -> RunningStatistics:
    return study_running_statistics(experiment, calls)
