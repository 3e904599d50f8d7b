"""The player and one run as a single HTML file, which opens without a server and asks the network for nothing."""

from __future__ import annotations

import html
import json

from explorer.drawing.palette import Theme
from explorer.record import Observation
from explorer.ui.player import assets
from explorer.ui.player.contents import run_payload
from explorer.ui.web.files import filled_html


def export_html(observation: Observation, *, theme: Theme = "light") -> str:
    """Return a whole page. Its address takes a step: `file.html#step=14` opens at step 14.

    Raises ValueError for a theme that is neither "light" nor "dark".
    """
    if theme not in ("light", "dark"):
        raise ValueError(f"The theme is 'light' or 'dark', not {theme!r}.")
    return filled_html(
        assets.PLAYER / "export.html",
        theme=theme,
        title=html.escape(f"{observation.expression}, {observation.title}, step by step"),
        css=assets.css(),
        html=assets.html(),
        record=embedded(json.dumps(run_payload(observation), separators=(",", ":"))),
        javascript=assets.javascript("player/standalone.js"),
    )


def embedded(document: str) -> str:
    """Return JSON that may stand inside a `<script>`: nothing in it can end the element or begin a comment."""
    for character in "<>&\u2028\u2029":
        document = document.replace(character, f"\\u{ord(character):04x}")
    return document
