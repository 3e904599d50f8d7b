"""Where the command line names a model that cannot be used: say so, and draw nothing in its place."""

from __future__ import annotations

import logging

import streamlit as st

from explorer.catalog.user_model import refusal
from explorer.ui.shell.markdown import escaped_around_code

LOG = logging.getLogger(__name__)


def stop_where_it_cannot_be_used() -> None:
    """End this run of the script with a sentence, on the page and once on the terminal."""
    sentence = refusal()
    if sentence is None:
        return
    _tell_terminal(sentence)
    with st.container(horizontal=True):
        st.title("Your own model cannot be used", anchor=False)
    st.error(escaped_around_code(sentence))
    st.caption("Start the server again once this is mended.")
    st.stop()


@st.cache_resource(show_spinner=False)
def _tell_terminal(sentence: str) -> None:
    LOG.error(sentence)
