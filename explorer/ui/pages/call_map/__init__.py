"""The map of `__call__` on the page."""

from explorer.ui.pages.call_map.component import show_map

__all__ = ["show_map"]
