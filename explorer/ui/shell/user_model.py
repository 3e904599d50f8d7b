"""Stop the page where the command line names a model that cannot be used, and say why."""

from __future__ import annotations

import logging

import streamlit as st

from explorer.catalog.user_model import refusal
from explorer.ui.shell.markdown import escaped_around_code

LOG = logging.getLogger(__name__)


def stop_where_it_cannot_be_used() -> None:
    """End this run of the script with a sentence, on the page and once on the terminal, where there is such a model."""
    sentence = refusal()
    if sentence is None:
        return
    _log_once(sentence)
    with st.container(horizontal=True):
        st.title("Your own model cannot be used", anchor=False)
    st.error(escaped_around_code(sentence))
    st.caption("Start the server again once this is mended.")
    st.stop()


@st.cache_resource(show_spinner=False)
def _log_once(sentence: str) -> None:
    LOG.error(sentence)
