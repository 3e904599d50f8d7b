"""Draw the page of questions: what people believe of a call, each belief put to the test by a run of its own."""

from __future__ import annotations

import streamlit as st

from explorer.experiment import Experiment
from explorer.questions import QUESTIONS, Finding, Question
from explorer.ui.pages.questions.component import show_questions
from explorer.ui.shell.measurements import Measurements, measure_missing


def draw_page(experiment: Experiment) -> None:
    """Draw the list at once, and again when every question was measured. Each has experiments of its own."""
    measurements = findings()
    found = {question: finding for question in QUESTIONS if (finding := measurements.get(question)) is not None}
    with st.container(key="head", gap=None):
        st.title("Questions that people asked", anchor=False)
        st.markdown(count_sentence(found))
    progress = st.container(key="questions_progress")
    show_questions(found, key="questions")
    with progress:
        if measure_missing(measurements, QUESTIONS, found, lambda question: f"the run that settles Q{question.number}"):
            st.rerun()


@st.cache_resource(show_spinner=False)
def findings() -> Measurements[Question, Finding]:
    """Return what was found; each question is run once for the process."""
    return Measurements(lambda question: question.find())


def count_sentence(found: dict[Question, Finding]) -> str:
    """Return how many beliefs were tested, and how many came out against what was believed."""
    refuted = sum(finding.refuted for finding in found.values())
    result = f"**{refuted} of {len(found)}** came out against what was believed"
    so_far = "" if len(found) == len(QUESTIONS) else f" so far; {len(QUESTIONS) - len(found)} are still to run"
    tally = f" {result}{so_far}." if found else " Their runs are still to come."
    return f"Each belief is put to the test by a run made here.{tally} Open one to see what was measured."
