"""Keep drawings for all sessions: equal experiments give equal graphs, so each is made once."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from explorer.drawing.autograd_graph import draw_autograd
from explorer.drawing.collapsed_graph import Depth
from explorer.drawing.dot import Direction
from explorer.drawing.forward_graph import Drawing, draw
from explorer.drawing.palette import Theme
from explorer.experiment import Experiment
from explorer.measure.autograd import difference_between, observe_autograd
from explorer.record.autograd import AutogradGraph, ModeDifference
from explorer.ui.shell.observations import observation

KEPT_DRAWINGS = 64  # of each kind, and as many autograd graphs; a drawing of the largest model is some 150 kB


def current_theme() -> Theme:
    """Return the theme that the reader sees."""
    return "dark" if st.context.theme.type == "dark" else "light"


@st.cache_resource(max_entries=KEPT_DRAWINGS, show_spinner=False)
def forward_drawing(experiment: Experiment, depth: Depth, theme: Theme, direction: Direction) -> Drawing:
    """Return the graph of what ran, laid out."""
    return _laid_out(draw(observation(experiment).graph, depth, theme, direction, prefix="forward"))


@st.cache_resource(max_entries=KEPT_DRAWINGS, show_spinner=False)
def autograd_graph(experiment: Experiment) -> AutogradGraph:
    """Return the graph that autograd recorded."""
    return observe_autograd(experiment)


@st.cache_resource(max_entries=KEPT_DRAWINGS, show_spinner=False)
def autograd_drawing(experiment: Experiment, theme: Theme, direction: Direction) -> Drawing:
    """Return the graph that autograd recorded, laid out."""
    return _laid_out(draw_autograd(autograd_graph(experiment), theme, direction))


def mode_difference(experiment: Experiment) -> ModeDifference:
    """Return what autograd records in one of train and eval mode only."""
    return difference_between(*(autograd_graph(replace(experiment, training=mode)) for mode in (True, False)))


def _laid_out(drawing: Drawing) -> Drawing:
    """Lay it out now, under the cache's lock, and not once in each session."""
    _ = drawing.svg
    return drawing
