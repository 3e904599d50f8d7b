"""Draw what several figures have: the caption with its CSV button, and a button for another model."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd
import streamlit as st

from explorer.experiment import Experiment
from explorer.ui.shell.pages import PROJECT
from explorer.ui.shell.sidebar import choose_model

HEIGHT = 270  # pixels of a chart


def draw_caption(text: str, name: str, experiment: Experiment, table: Callable[[], pd.DataFrame]) -> None:
    """Draw what a figure shows, and beside it the button that saves its numbers: both stand before the figure.

    name: of the figure, in the name of the file. table: makes the numbers, when the button is pressed.
    """
    with st.container(horizontal=True, vertical_alignment="center", key="caption"):
        st.caption(text, width="stretch")
        st.download_button(
            "CSV",
            lambda: table().to_csv(index=False),
            f"{experiment.model}-{name}.csv",
            "text/csv",
            key=f"csv_{name}",
            on_click="ignore",
            icon=":material/download:",
            help="Save this figure's numbers as CSV",
        )


def draw_model_button(model: str) -> None:
    """Draw a button for a model of which the page has something to show; none where the page is projected."""
    if st.session_state.get(PROJECT):
        return
    st.button(f"Choose the model `{model}`", key=f"choose-{model}", on_click=choose_model, args=(model,))


def is_dark() -> bool:
    """Return whether the reader sees the dark theme."""
    return st.context.theme.type == "dark"
