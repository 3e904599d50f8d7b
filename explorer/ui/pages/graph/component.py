"""Mount the viewer of a drawn graph, to zoom and pan; its HTML, CSS and JavaScript are in `ui/web/graph`."""

from __future__ import annotations

import streamlit as st

from explorer.drawing.forward_graph import Drawing
from explorer.ui.pages.graph.payload_types import DrawingPayload
from explorer.ui.web.javascript import joined
from explorer.ui.web.stylesheets import CUT_EDGES, WEB, styles

GRAPH = WEB / "graph"

_viewer = st.components.v2.component(
    "graph_view",
    html=(GRAPH / "viewer.html").read_text(encoding="utf-8"),
    css=styles(CUT_EDGES, GRAPH / "viewer.css"),
    js=joined(GRAPH / "viewer.js"),
)


def show_graph(drawing: Drawing, *, view: str, key: str) -> None:
    """Show a drawing.

    view: names what is shown; while it stays the same, another drawing (another theme's) keeps zoom and position.
    """
    data: DrawingPayload = {"svg": drawing.svg, "label": drawing.label, "view": view}
    _viewer(key=key, data=data)
