"""Draw the dropout page: the same call again and again, in train and eval mode, with gradients and without."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

import streamlit as st

from explorer.catalog import entry
from explorer.catalog.user_model import USER_MODEL
from explorer.experiment import Experiment
from explorer.measure.dropout import ModeGrid, StudyError
from explorer.ui.pages.dropout import words
from explorer.ui.pages.dropout.figures.against_p import draw_against_p
from explorer.ui.pages.dropout.figures.convergence import draw_convergence
from explorer.ui.pages.dropout.figures.outputs import draw_outputs
from explorer.ui.pages.dropout.figures.parts import draw_model_button
from explorer.ui.pages.dropout.figures.running_statistics import draw_running_statistics
from explorer.ui.pages.dropout.studies import mode_grid
from explorer.ui.shell.markdown import escaped

CALLS = (10, 30, 100, 300, 1_000, 3_000, 10_000, 30_000, 100_000)
DEFAULT_CALLS, FEW_CALLS = 1_000, 100
CALLS_OF = "_calls_of"  # the usual number of calls for the model last drawn
FIGURES: Mapping[str, Callable[[Experiment, ModeGrid], None]] = MappingProxyType(
    {
        "Outputs": draw_outputs,
        "Mean and variance": draw_convergence,
        "Variance against p": draw_against_p,
        "Batch norm": draw_running_statistics,
    }
)


def draw_page(experiment: Experiment) -> None:
    """Draw the page of one model."""
    with st.container(horizontal=True, vertical_alignment="bottom", horizontal_alignment="distribute"):
        st.title("The same call, again and again", anchor=False, width="content")
        calls = st.select_slider(
            "Calls in each combination",
            CALLS,
            _usual_calls(experiment.model),
            key="calls",
            bind="query-params",
            width=420,
            help="In each mode, with gradients and without: one model, one input, one seeding; then so many calls.",
        )
    try:
        study = mode_grid(experiment, int(calls))
    except StudyError as error:
        st.warning(escaped(str(error)))
        return
    st.markdown(words.headline(study))
    if without := words.left_out(experiment):
        st.caption(without)
    if words.gave_one_output(study):
        draw_model_button("dropout")
    _draw_figures(experiment, study)


def _usual_calls(model: str) -> int:
    """Return as many calls as take seconds; a number that the reader did not choose changes with the model."""
    few = entry(model).template == "large" or model == USER_MODEL  # how long the reader's own model takes is not known
    usual = FEW_CALLS if few else DEFAULT_CALLS
    before = st.session_state.get(CALLS_OF, usual)
    st.session_state[CALLS_OF] = usual
    if before != usual and st.session_state.get("calls") == before:
        st.session_state["calls"] = usual
    return usual


def _draw_figures(experiment: Experiment, study: ModeGrid) -> None:
    """Draw a tab for each figure, and in the open one the figure, or why it cannot be drawn."""
    panes = st.tabs(list(FIGURES), key="figure", on_change="rerun", bind="query-params")
    for pane, draw in zip(panes, FIGURES.values(), strict=True):
        if pane.open:
            with pane:
                try:
                    draw(experiment, study)
                except StudyError as error:
                    st.info(escaped(str(error)))
