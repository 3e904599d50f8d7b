"""Mount the map, whose HTML, CSS and JavaScript are in `ui/web/map`."""

from __future__ import annotations

import streamlit as st

from explorer.ui.pages.call_map.payload import ReachedStatements, payload
from explorer.ui.web.javascript import joined
from explorer.ui.web.stylesheets import PALETTE, WEB, styles

MAP = WEB / "map"

_map = st.components.v2.component(
    "map_of_call",
    html=(MAP / "map.html").read_text(encoding="utf-8"),
    css=styles(PALETTE, MAP / "map.css"),
    js=joined(MAP / "map.js"),
)


def show_map(reached: ReachedStatements, *, key: str) -> None:
    """Show the map as far as it is known; drawn again under the same key it keeps the reader's position."""
    _map(key=key, data=payload(reached))
