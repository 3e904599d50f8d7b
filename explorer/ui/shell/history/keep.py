"""Has the browser make history entries of the reader's changes, and tells a run that the reader went along them."""

from __future__ import annotations

from functools import cache

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from explorer.ui.shell import url
from explorer.ui.web.stylesheets import WEB
from explorer.ui.web.templates import filled

HISTORY = WEB / "history"


def keep_entries() -> None:
    """Let each change of the address be one entry of the browser's history. It draws nothing.

    To be called early: a page may be left in its first second. The script is there as soon as the style sheet is.
    """
    with st.sidebar, st.container(key="history"):
        st.html(_element(), unsafe_allow_javascript=True)


def came_by_history() -> bool:
    """Whether this run of the script is the answer to Back or Forward: the address says all there is to say then."""
    context = get_script_run_ctx()
    return context is not None and context.is_history_navigation


@cache
def _element() -> str:
    script = (HISTORY / "history.js").read_text(encoding="utf-8")
    return filled(HISTORY / "history.html", places=" ".join(url.PLACES), script=script)
