"""The map of `__call__`: which of its statements this run executed, which some preset does, and which nothing does."""

from __future__ import annotations

import streamlit as st

from explorer.experiment import Experiment
from explorer.observe import observe
from explorer.presets import PRESETS, Preset
from explorer.reading.call_map import Reached, places, reached
from explorer.ui.pages.call_map.component import show_map
from explorer.ui.pages.call_map.payload import Atlas
from explorer.ui.shell.markdown import escaped
from explorer.ui.shell.measurements import Measurements, measure_missing
from explorer.ui.shell.observations import observation

HOW = "A link opens a run at that statement."


def draw_page(experiment: Experiment) -> None:
    """Draw the map: at once with this run, and again when every preset has run."""
    kept = shelf()
    found = {preset: known for preset in PRESETS if (known := kept.get(preset)) is not None}
    atlas = Atlas(experiment, reached(observation(experiment)), found)
    with st.container(key="head", gap=None):
        st.title("The map of `__call__`", anchor=False)
        st.markdown(figure(atlas))
    progress = st.container(key="map_progress")
    show_map(atlas, key="map")
    with progress:
        if measure_missing(kept, PRESETS, found, lambda preset: f"running the preset “{escaped(preset.title)}”"):
            st.rerun()


@st.cache_resource(show_spinner=False)
def shelf() -> Measurements[Preset, Reached]:
    """What each preset reached: a few dozen numbers, kept for the process; the record itself is let go."""
    return Measurements(lambda preset: reached(observe(preset.experiment)))


def figure(atlas: Atlas) -> str:
    """How much of the map was reached, counted."""
    ours = len(atlas.this_run)
    so_far = "" if atlas.complete else f" so far, after {len(atlas.presets)} of {len(PRESETS)} presets"
    return (
        f"**{len(atlas.by_presets)} of {len(places())}** statements are executed by at least one preset{so_far}; "
        f"**{ours}** by this run. {HOW}"
    )
