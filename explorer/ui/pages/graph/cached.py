"""Keep drawings for all sessions: equal experiments give equal graphs, so each is made once."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from explorer.drawing.autograd_graph import draw_autograd
from explorer.drawing.boxes import Depth
from explorer.drawing.dot import Direction
from explorer.drawing.forward_graph import draw, draw_in_time
from explorer.drawing.palette import Theme
from explorer.drawing.picture import Drawing
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
    """Return the graph of what ran, laid out; folded as far as that takes, see `explorer.drawing.bounded_graph`."""
    return draw_in_time(observation(experiment).graph, depth, theme, direction, prefix="forward")


@st.cache_resource(max_entries=KEPT_DRAWINGS, show_spinner=False)
def script_drawing(experiment: Experiment, node: str, theme: Theme, direction: Direction) -> Drawing:
    """Return the graph inside a script, laid out and folded as that of the run is. node: the id of the script's."""
    inside = next(each.inside for each in observation(experiment).graph.nodes if each.id == node)
    assert inside is not None
    return draw_in_time(inside, "operations", theme, direction, prefix="script")


def whole_forward_dot(experiment: Experiment, depth: Depth, theme: Theme, direction: Direction) -> bytes:
    """Return the graph of what ran with all its boxes, not laid out."""
    return draw(observation(experiment).graph, depth, theme, direction, prefix="forward", size=None).file("dot")


@st.cache_resource(max_entries=KEPT_DRAWINGS, show_spinner=False)
def autograd_graph(experiment: Experiment) -> AutogradGraph:
    """Return the graph that autograd recorded."""
    return observe_autograd(experiment)


@st.cache_resource(max_entries=KEPT_DRAWINGS, show_spinner=False)
def autograd_drawing(experiment: Experiment, theme: Theme, direction: Direction) -> Drawing | None:
    """Return the graph that autograd recorded, laid out; None where it is too large for that, or takes too long."""
    graph = autograd_graph(experiment)
    if graph.too_large is not None:
        return None
    drawing = draw_autograd(graph, theme, direction)
    try:
        _ = drawing.svg  # now, under the cache's lock, and not once in each session
    except TimeoutError:
        return None
    return drawing


def mode_difference(experiment: Experiment) -> ModeDifference:
    """Return what autograd records in one of train and eval mode only."""
    return difference_between(*(autograd_graph(replace(experiment, training=mode)) for mode in (True, False)))
