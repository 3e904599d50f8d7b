"""Mount the viewer of a drawn graph, to zoom and pan; its HTML, CSS and JavaScript are in `ui/web/graph`."""

from __future__ import annotations

from explorer.drawing.picture import Drawing
from explorer.ui.pages.graph.payload_types import DrawingPayload
from explorer.ui.web.component import declared_component
from explorer.ui.web.files import CUT_EDGES

_viewer = declared_component("graph_view", "graph/viewer", CUT_EDGES)


def show_graph(drawing: Drawing, *, view: str, key: str) -> None:
    """Show a drawing.

    view: names what is shown; while it stays the same, another drawing (another theme's) keeps zoom and position.
    """
    data: DrawingPayload = {"svg": drawing.svg, "label": drawing.label, "view": view}
    _viewer(key=key, data=data)
