"""Draw what is inside a script: its operations, which Python did not call one by one."""

from __future__ import annotations

from collections.abc import Iterator

import streamlit as st

from explorer.drawing.dot import Direction
from explorer.experiment import Experiment
from explorer.record import Graph, Node
from explorer.ui.pages.graph import words
from explorer.ui.pages.graph.cached import current_theme, script_drawing
from explorer.ui.pages.graph.component import show_graph


def draw_scripts(experiment: Experiment, graph: Graph, direction: Direction) -> None:
    """Draw an expander with the graph inside a script; where several ran, the reader chooses which. None: nothing."""
    scripts = dict(scripts_in(graph))
    if not scripts:
        return
    opened = st.expander(words.scripts_title(tuple(scripts.values())), key="scripts", on_change="rerun")
    if not opened.open:
        return
    with opened:
        chosen = next(iter(scripts))
        if len(scripts) > 1:
            names = words.script_names(scripts)
            chosen = st.selectbox("Script", list(scripts), format_func=lambda each: names.get(each, each), key="script")
        _draw(experiment, chosen, scripts[chosen], direction)


def scripts_in(graph: Graph) -> Iterator[tuple[str, Node]]:
    """Yield each node that has operations inside, by its id."""
    return ((node.id, node) for node in graph.nodes if node.inside is not None and words.operations_inside(node))


def _draw(experiment: Experiment, identity: str, node: Node, direction: Direction) -> None:
    drawing = script_drawing(experiment, identity, current_theme(), direction)
    show_graph(drawing, view=f"{experiment}{identity}{direction}", key="script_graph")
    st.caption(words.script_sentence(node))
    if drawing.folded:
        st.caption(drawing.folded)
