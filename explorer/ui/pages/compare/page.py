"""The compare page: the sidebar's run on the left, another beside it, walked through in step."""

from __future__ import annotations

import streamlit as st

from explorer.experiment import Experiment
from explorer.reading.compare import same_statements
from explorer.ui.pages.compare import controls, summary, tables, words, work
from explorer.ui.pages.compare.component import show_pair
from explorer.ui.shell import url
from explorer.ui.shell.opening_position import opened_at

FEW = 12  # statements; more of them are folded


def compare_page(experiment: Experiment) -> None:
    """Draw the page of one pair."""
    right = controls.right_from_url(experiment)
    both = work.comparison(experiment, right)
    measured = work.outcomes(experiment, right)
    with st.container(key="head", gap=None):
        with st.container(horizontal=True, vertical_alignment="center", gap="small", key="pairs"):
            st.title("Two runs in step", anchor=False, width="content")
            controls.pairs(experiment, right)
            controls.settings(experiment, right)
        said = (
            words.how_many(both),
            summary.output_sentence(both, measured),
            summary.backward_sentence(both),
            summary.hook_sentence(both.hooks),
        )
        st.markdown(" ".join(filter(None, said)))
    row = opened_at(url.ROW, (experiment, right), len(both.rows), owner="This pair")
    asked = show_pair(experiment, right, key="pair", row=row, link_parameter=url.ROW)
    if asked is not None:
        st.query_params[url.ROW] = str(asked)
    _tables(experiment, right)


def _tables(left: Experiment, right: Experiment) -> None:
    """The players are on the page already while the time is taken."""
    both, measured, timing = work.comparison(left, right), work.outcomes(left, right), work.timing(left, right)
    st.markdown("#### What came of it")
    st.table(tables.results(both, measured, timing))
    if timing is not None:
        st.caption(summary.timing_sentence(timing))
    found = tables.statements(both)
    if not found:
        often = "each as often" if same_statements(both.left, both.right) else "but not each as often"
        st.markdown(f"Both sides ran the same statements, {often}.")
        return
    title = f"Statements that only one side ran: {len(found):,}"
    if len(found) <= FEW:
        st.markdown(f"#### {title}")
        st.table(found)
    else:
        with st.expander(title):
            st.table(found)
