"""Mounts what makes history entries of the reader's changes, and tells a run that the reader went along the history."""

from __future__ import annotations

from pathlib import Path

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from explorer.ui import links

HERE = Path(__file__).parent

_keep = st.components.v2.component("history_entries", js=(HERE / "history.js").read_text(encoding="utf-8"))


def keep_entries() -> None:
    """Let each change of the address be one entry of the browser's history. It draws nothing.

    To be called last: the browser would fetch what components need before what the style sheet does, and show the page
    without its style meanwhile.
    """
    with st.sidebar, st.container(key="history"):
        _keep(key="history-entries", data={"places": list(links.PLACES)})


def came_by_history() -> bool:
    """Whether this run of the script is the answer to Back or Forward: the address says all there is to say then."""
    context = get_script_run_ctx()
    return context is not None and context.is_history_navigation
