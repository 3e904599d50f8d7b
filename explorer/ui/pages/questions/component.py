"""Mount the list of questions, whose HTML, CSS and JavaScript are in `ui/web/questions`."""

from __future__ import annotations

from collections.abc import Mapping

from explorer.questions import Finding, Question
from explorer.ui.pages.questions.payload import payload
from explorer.ui.web.component import declared_component
from explorer.ui.web.files import PALETTE

_list = declared_component("questions", "questions/questions", PALETTE)


def show_questions(found: Mapping[Question, Finding], *, key: str) -> None:
    """Show all questions, with the findings that there are; what the reader has opened stays open."""
    _list(key=key, data=payload(found))
