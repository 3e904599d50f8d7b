"""Mounts the map, which lives in HTML, CSS and JavaScript files of its own."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from explorer.ui.map_view.payload import Atlas, payload
from explorer.ui.scripts import joined
from explorer.ui.styles import PALETTE, styles

HERE = Path(__file__).parent

_map = st.components.v2.component(
    "map_of_call",
    html=(HERE / "map.html").read_text(encoding="utf-8"),
    css=styles(PALETTE, HERE / "map.css"),
    js=joined(HERE / "map.js"),
)


def show_map(atlas: Atlas, *, key: str) -> None:
    """Show the map as far as it is known; another atlas under the same key keeps the reader's place."""
    _map(key=key, data=payload(atlas))
