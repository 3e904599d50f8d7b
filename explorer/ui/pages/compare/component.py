"""Mount two players in step; their HTML, CSS and JavaScript are in `ui/web/pair`."""

from __future__ import annotations

import hashlib
import json

import streamlit as st

from explorer.experiment import Experiment
from explorer.ui.pages.compare.cached import packed_pair, packed_side
from explorer.ui.pages.compare.payload_types import PairHead
from explorer.ui.player import assets
from explorer.ui.web.component import do_nothing
from explorer.ui.web.files import WEB, filled_html, joined_styles

PAIR = WEB / "pair"

_mount = st.components.v2.component(
    "inside_model_pair",
    html=filled_html(
        PAIR / "pair.html",
        left=filled_html(PAIR / "side.html", side="left"),
        right=filled_html(PAIR / "side.html", side="right"),
        **assets.controls("row"),
    ),
    css=assets.css() + joined_styles(PAIR / "pair.css"),
    js=assets.javascript("pair/component.js"),
)


def show_pair(
    left: Experiment,
    right: Experiment,
    *,
    key: str,
    row: int | None = None,
    detail: int | None = None,
    link_parameter: str,
) -> tuple[int, int] | None:
    """Put the two players on the page.

    row: the row of the comparison that they open at; None for the one that corresponds to where the reader stands, or
    where they stood when the tab last showed this pair. detail: the level of detail; None for the one that is shown.
    Both count when this pair is first shown; later reruns leave the reader where they are.
    link_parameter: the name of the page's URL parameter for the row; the players copy such a link.

    Returns the row and the level that the reader has just asked a link for, else None. They send no
    other message.
    """
    parts = [packed_side(left), packed_side(right), packed_pair(left, right)]
    head: PairHead = {
        "step": row,
        "detail": detail,
        "sizes": [len(part) for part in parts],
        "fingerprint": hashlib.sha256(b"".join(parts)).hexdigest(),
        "linkParameter": link_parameter,
    }
    result = _mount(key=key, data=json.dumps(head).encode() + b"\n" + b"".join(parts), on_step_change=do_nothing)
    return None if result.step is None else (int(result.step[0]), int(result.step[1]))
