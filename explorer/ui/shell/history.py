"""The browser's Back and Forward: one press undoes or redoes one change of the page."""

from __future__ import annotations

from functools import cache

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from explorer.ui.shell.pages import POSITIONS
from explorer.ui.web.files import WEB, filled_html

HISTORY = WEB / "history"


def add_history_script() -> None:
    """Add the script that makes each change of the address one entry of the browser's history. It draws nothing.

    Call it early: a page may be left in its first second. The script is there as soon as the style sheet is.
    """
    with st.sidebar, st.container(key="history"):
        st.html(_element(), unsafe_allow_javascript=True)


def is_back_or_forward() -> bool:
    """Return whether this run of the script answers Back or Forward: then the address is up to date as it is."""
    context = get_script_run_ctx()
    return context is not None and context.is_history_navigation


@cache
def _element() -> str:
    script = (HISTORY / "history.js").read_text(encoding="utf-8")
    return filled_html(HISTORY / "history.html", positions=" ".join(POSITIONS), script=script)
