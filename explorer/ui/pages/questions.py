"""The questions page: what people believe of a call, each belief put to the test by a run of its own."""

from __future__ import annotations

import streamlit as st

from explorer.questions import QUESTIONS, Finding, Question
from explorer.ui.in_turn import Shelf, measure_the_rest
from explorer.ui.questions_view import show_questions


def questions_page() -> None:
    """Draw the list at once, and again when every question has been settled."""
    kept = shelf()
    found = {question: known for question in QUESTIONS if (known := kept.get(question)) is not None}
    with st.container(key="head", gap=None):
        st.title("Questions that people asked", anchor=False)
        st.markdown(figure(found))
    progress = st.container(key="questions_progress")
    show_questions(found, key="questions")
    with progress:
        if measure_the_rest(kept, QUESTIONS, found, lambda question: f"the run that settles Q{question.number}"):
            st.rerun()


@st.cache_resource(show_spinner=False)
def shelf() -> Shelf[Question, Finding]:
    """What was found; each question is run once for the process."""
    return Shelf(lambda question: question.find())


def figure(found: dict[Question, Finding]) -> str:
    """How many were settled, counted."""
    refuted = sum(finding.refuted for finding in found.values())
    said = f"**{refuted} of {len(found)}** came out against what was believed"
    so_far = "" if len(found) == len(QUESTIONS) else f" so far; {len(QUESTIONS) - len(found)} are still to run"
    tally = f" {said}{so_far}." if found else " Their runs are still to come."
    return f"Each belief is put to the test by a run made here.{tally} Guess first, then open one."
