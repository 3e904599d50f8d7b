"""The player's HTML, CSS and JavaScript as strings."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from explorer.ui.markup import filled
from explorer.ui.scripts import joined
from explorer.ui.styles import CUT_EDGES, PALETTE, styles

HERE = Path(__file__).parent


@cache
def html() -> str:
    """The player's elements, before it is given a record."""
    return filled(HERE / "player.html", **controls("step"))


def controls(unit: str) -> dict[str, str]:
    """The controls that one player and two in step have: by the names that their files call them.

    unit: what a control moves by, "step" or "row".
    """
    return {name: filled(HERE / f"{name}.html", unit=unit) for name in ("transport", "levels")}


@cache
def css() -> str:
    """Its style sheet, the colours included."""
    return styles(PALETTE, CUT_EDGES, HERE / "player.css")


def javascript(entry: str) -> str:
    """One module that holds `entry` and all it imports."""
    return joined(HERE / "js" / entry)
