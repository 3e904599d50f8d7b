"""Mount the list of questions, whose HTML, CSS and JavaScript are in `ui/web/questions`."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from explorer.questions import Finding, Question
from explorer.ui.pages.questions.payload import payload
from explorer.ui.web.javascript import joined
from explorer.ui.web.stylesheets import PALETTE, WEB, styles

QUESTIONS = WEB / "questions"

_list = st.components.v2.component(
    "questions",
    html=(QUESTIONS / "questions.html").read_text(encoding="utf-8"),
    css=styles(PALETTE, QUESTIONS / "questions.css"),
    js=joined(QUESTIONS / "questions.js"),
)


def show_questions(found: Mapping[Question, Finding], *, key: str) -> None:
    """Show all questions, with the findings that there are; what the reader has opened stays open."""
    _list(key=key, data=payload(found))
