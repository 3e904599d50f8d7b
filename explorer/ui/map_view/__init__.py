"""The map of `__call__` on the page."""

from explorer.ui.map_view.component import show_map

__all__ = ["show_map"]
