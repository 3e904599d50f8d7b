"""Make history entries of the reader's changes, in the browser; and tell whether a run answers Back or Forward."""

from __future__ import annotations

from functools import cache

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from explorer.ui.shell.pages import POSITIONS
from explorer.ui.web.stylesheets import WEB
from explorer.ui.web.templates import filled

HISTORY = WEB / "history"


def keep_entries() -> None:
    """Let each change of the address be one entry of the browser's history. It draws nothing.

    Call it early: a page may be left in its first second. The script is there as soon as the style sheet is.
    """
    with st.sidebar, st.container(key="history"):
        st.html(_element(), unsafe_allow_javascript=True)


def came_by_history() -> bool:
    """Return whether this run of the script answers Back or Forward: then the address is up to date as it is."""
    context = get_script_run_ctx()
    return context is not None and context.is_history_navigation


@cache
def _element() -> str:
    script = (HISTORY / "history.js").read_text(encoding="utf-8")
    return filled(HISTORY / "history.html", places=" ".join(POSITIONS), script=script)
