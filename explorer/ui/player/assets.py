"""The player's HTML, CSS and JavaScript as strings."""

from __future__ import annotations

from functools import cache

from explorer.ui.web.javascript import joined
from explorer.ui.web.stylesheets import CUT_EDGES, PALETTE, WEB, styles
from explorer.ui.web.templates import filled

PLAYER = WEB / "player"


@cache
def html() -> str:
    """Return the player's elements, before it is given a record."""
    return filled(PLAYER / "player.html", **controls("step"))


def controls(unit: str) -> dict[str, str]:
    """Return the controls that one player and two in step have, by the names of their files.

    unit: what a control moves by, "step" or "row".
    """
    return {name: filled(PLAYER / f"{name}.html", unit=unit) for name in ("transport", "levels")}


@cache
def css() -> str:
    """Return the player's style sheet, the colours included."""
    return styles(PALETTE, CUT_EDGES, PLAYER / "player.css")


def javascript(entry: str) -> str:
    """Return one module that holds `entry`, a path below the folder of the browser's part, and all it imports."""
    return joined(WEB / entry)
