"""Mounts the map, which lives in HTML, CSS and JavaScript files of its own."""

from __future__ import annotations

import streamlit as st

from explorer.ui.pages.call_map.payload import Atlas, payload
from explorer.ui.web.javascript import joined
from explorer.ui.web.stylesheets import PALETTE, WEB, styles

MAP = WEB / "map"

_map = st.components.v2.component(
    "map_of_call",
    html=(MAP / "map.html").read_text(encoding="utf-8"),
    css=styles(PALETTE, MAP / "map.css"),
    js=joined(MAP / "map.js"),
)


def show_map(atlas: Atlas, *, key: str) -> None:
    """Show the map as far as it is known; another atlas under the same key keeps the reader's place."""
    _map(key=key, data=payload(atlas))
