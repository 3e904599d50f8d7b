"""Mounts the viewer, which lives in HTML, CSS and JavaScript files of its own."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from explorer.graph.drawing import Drawing
from explorer.ui.styles import CUT_EDGES, styles

HERE = Path(__file__).parent

_viewer = st.components.v2.component(
    "graph_view",
    html=(HERE / "viewer.html").read_text(encoding="utf-8"),
    css=styles(CUT_EDGES, HERE / "viewer.css"),
    js=(HERE / "viewer.js").read_text(encoding="utf-8"),
)


def show_graph(drawing: Drawing, *, view: str, key: str) -> None:
    """Show a drawing.

    view: names what is shown; while it stays the same, another drawing (another theme's) keeps zoom and place.
    """
    _viewer(key=key, data={"svg": drawing.svg, "label": drawing.label, "view": view})
