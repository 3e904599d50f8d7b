"""A drawn graph on the page, to zoom and pan: the Python face of `viewer.js`."""

from explorer.ui.pages.graph.component import show_graph

__all__ = ["show_graph"]
