"""Mounts the list, which lives in HTML, CSS and JavaScript files of its own."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import streamlit as st

from explorer.questions import Finding, Question
from explorer.ui.questions_view.payload import payload
from explorer.ui.scripts import joined
from explorer.ui.styles import PALETTE, styles

HERE = Path(__file__).parent

_list = st.components.v2.component(
    "questions",
    html=(HERE / "questions.html").read_text(encoding="utf-8"),
    css=styles(PALETTE, HERE / "questions.css"),
    js=joined(HERE / "questions.js"),
)


def show_questions(found: Mapping[Question, Finding], *, key: str) -> None:
    """Show all questions, with the findings that there are; what the reader has opened stays open."""
    _list(key=key, data=payload(found))
