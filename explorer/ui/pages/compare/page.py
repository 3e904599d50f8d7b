"""Draw the compare page: the sidebar's run on the left, another beside it, walked through in step."""

from __future__ import annotations

import streamlit as st

from explorer.experiment import Experiment
from explorer.reading.compare import same_statements
from explorer.ui.pages.compare import cached, controls, difference_words, result_words, tables
from explorer.ui.pages.compare.component import show_pair
from explorer.ui.shell.pages import COMPARE
from explorer.ui.shell.position import place_from_url, write_place

FEW = 12  # statements; more of them are folded


def draw_page(experiment: Experiment) -> None:
    """Draw the page of one pair."""
    right = controls.right_from_url(experiment)
    both = cached.comparison(experiment, right)
    measured = cached.outcomes(experiment, right)
    with st.container(key="head", gap=None):
        with st.container(horizontal=True, vertical_alignment="center", gap="small", key="pairs"):
            st.title("Two runs in step", anchor=False, width="content")
            controls.draw_pairs(experiment, right)
            controls.draw_settings(experiment, right)
        sentences = (
            difference_words.how_many(both),
            result_words.output_sentence(both, measured),
            result_words.backward_sentence(both),
            result_words.hook_sentence(both.hooks),
        )
        st.markdown(" ".join(filter(None, sentences)))
    row, detail = place_from_url(COMPARE, (experiment, right), len(both.rows), owner="This pair")
    to_link = show_pair(experiment, right, key="pair", row=row, detail=detail, link_parameter=COMPARE.position)
    if to_link is not None:
        write_place(COMPARE, to_link)
    _tables(experiment, right)


def _tables(left: Experiment, right: Experiment) -> None:
    """Draw what came of both runs. The players are on the page already while the time is taken."""
    both, measured, timing = cached.comparison(left, right), cached.outcomes(left, right), cached.timing(left, right)
    st.markdown("## What came of it")
    st.table(tables.results(both, measured, timing))
    if timing is not None:
        st.caption(result_words.timing_sentence(timing))
    found = tables.statements(both)
    if not found:
        often = "each as often" if same_statements(both.left, both.right) else "but not each as often"
        st.markdown(f"Both sides ran the same statements, {often}.")
        return
    title = f"Statements that only one side ran: {len(found):,}"
    if len(found) <= FEW:
        st.markdown(f"## {title}")
        st.table(found)
    else:
        with st.expander(title):
            st.table(found)
