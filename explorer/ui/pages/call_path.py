"""The first page: the run, step by step, and what it was."""

from __future__ import annotations

import streamlit as st

from explorer.catalog import TITLES, entry, source_of
from explorer.experiment import Experiment
from explorer.record import Observation
from explorer.ui import links
from explorer.ui.cache import observation
from explorer.ui.headline import headline
from explorer.ui.player.component import show_player
from explorer.ui.player.export import export_html
from explorer.ui.snippet import python_snippet


def call_path_page(experiment: Experiment) -> None:
    """Draw the page of one run."""
    seen = observation(experiment)
    st.title("What happens between the parentheses of `model(x)`?", anchor=False)
    st.markdown(headline(seen))
    show_player(seen, key="player", step=_step(len(seen.trace.steps)))
    for note in seen.notes:
        st.info(note)
    left, right = st.columns(2, gap="large")
    with left:
        _about(experiment)
    with right:
        _take_away(experiment, seen)


def _step(steps: int) -> int | None:
    """The step that the URL asks for, None where it names none of this run's."""
    asked = st.query_params.get(links.STEP, "")
    if asked.isascii() and asked.isdigit() and len(asked) < 9 and int(asked) < steps:
        return int(asked)
    return None


def _about(experiment: Experiment) -> None:
    chosen = entry(experiment.model)
    st.subheader(f"`{chosen.title}`", anchor=False)
    st.markdown(f"{chosen.teaches}  \nFrom *{TITLES[chosen.document]}*")
    st.code(source_of(experiment.model), language="python")


def _take_away(experiment: Experiment, seen: Observation) -> None:
    name = "-".join(("inside", experiment.model, *experiment.to_params().values()))
    st.subheader("Take it with you", anchor=False)
    st.markdown("The same run in Python, without this page:")
    st.code(python_snippet(experiment), language="python")
    with st.container(horizontal=True):
        st.download_button(
            "Save as one HTML file",
            lambda: export_html(seen),
            f"{name}.html",
            "text/html",
            on_click="ignore",
            help="This player with this run inside; it opens without a server and without a network.",
        )
        st.download_button(
            "Save the record as JSON",
            seen.to_json,
            f"{name}.json",
            "application/json",
            on_click="ignore",
            help="Everything that was measured, as plain data.",
        )
