"""The player's HTML, CSS and JavaScript as strings."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from explorer.ui.scripts import joined
from explorer.ui.styles import CUT_EDGES, PALETTE, styles

HERE = Path(__file__).parent


@cache
def html() -> str:
    """The player's elements, before it is given a record."""
    return (HERE / "player.html").read_text(encoding="utf-8")


@cache
def css() -> str:
    """Its style sheet, the colours included."""
    return styles(PALETTE, CUT_EDGES, HERE / "player.css")


def javascript(entry: str) -> str:
    """One module that holds `entry` and all it imports."""
    return joined(HERE / "js" / entry)
