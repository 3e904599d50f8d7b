"""Draw the page that maps `__call__`: the statements this run executed, those some preset does, and the others."""

from __future__ import annotations

import streamlit as st

from explorer.experiment import Experiment
from explorer.observe import observe
from explorer.presets import PRESETS, Preset
from explorer.reading.call_map import Reached, mapped_statements, reached
from explorer.ui.pages.call_map.component import show_map
from explorer.ui.pages.call_map.payload import ReachedStatements
from explorer.ui.shell.markdown import escaped
from explorer.ui.shell.measurements import Measurements, measure_missing
from explorer.ui.shell.observations import observation

HOW = "A link opens a run at that statement."


def draw_page(experiment: Experiment) -> None:
    """Draw the map: at once with this run, and again when every preset has run."""
    measurements = reached_by_presets()
    found = {preset: measured for preset in PRESETS if (measured := measurements.get(preset)) is not None}
    statements = ReachedStatements(experiment, reached(observation(experiment)), found)
    with st.container(key="head", gap=None):
        st.title("The map of `__call__`", anchor=False)
        st.markdown(count_sentence(statements))
    progress = st.container(key="map_progress")
    show_map(statements, key="map")
    with progress:
        if measure_missing(measurements, PRESETS, found, _running):
            st.rerun()


def _running(preset: Preset) -> str:
    return f"running the preset “{escaped(preset.title)}”"


@st.cache_resource(show_spinner=False)
def reached_by_presets() -> Measurements[Preset, Reached]:
    """Return what each preset reached: a few dozen numbers, kept for the process; the record itself is let go."""
    return Measurements(lambda preset: reached(observe(preset.experiment)))


def count_sentence(statements: ReachedStatements) -> str:
    """Return how much of the map was reached, counted."""
    this_run = len(statements.this_run)
    total = len(mapped_statements())
    so_far = "" if statements.complete else f" so far, after {len(statements.presets)} of {len(PRESETS)} presets"
    return (
        f"**{len(statements.by_presets)} of {total}** statements are executed by at least one preset{so_far}; "
        f"**{this_run}** by this run. {HOW}"
    )
