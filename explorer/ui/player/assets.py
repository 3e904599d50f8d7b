"""The player's HTML, CSS and JavaScript as strings."""

from __future__ import annotations

from functools import cache

from explorer.ui.web.files import CUT_EDGES, PALETTE, WEB, filled_html, joined_styles
from explorer.ui.web.javascript import joined

PLAYER = WEB / "player"


@cache
def html() -> str:
    """Return the player's elements, before it is given a record."""
    return filled_html(PLAYER / "player.html", **controls("step"))


def controls(unit: str) -> dict[str, str]:
    """Return the controls that one player and two in step have, by the names of their files.

    unit: what a control moves by, "step" or "row".
    """
    return {name: filled_html(PLAYER / f"{name}.html", unit=unit) for name in ("transport", "levels")}


@cache
def css() -> str:
    """Return the player's style sheet, the colours included."""
    return joined_styles(PALETTE, CUT_EDGES, PLAYER / "player.css", WEB / "river" / "river.css")


def javascript(entry: str) -> str:
    """Return one module that holds `entry`, a path below the folder of the browser's part, and all it imports."""
    return joined(WEB / entry)
