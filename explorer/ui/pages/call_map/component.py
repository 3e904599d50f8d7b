"""Mount the map, whose HTML, CSS and JavaScript are in `ui/web/map`."""

from __future__ import annotations

from explorer.ui.pages.call_map.payload import ReachedStatements, payload
from explorer.ui.web.component import declared_component
from explorer.ui.web.files import PALETTE

_map = declared_component("map_of_call", "map/map", PALETTE)


def show_map(reached: ReachedStatements, *, key: str) -> None:
    """Show the map as far as it is known; drawn again under the same key it keeps the reader's position."""
    _map(key=key, data=payload(reached))
