"""Sentences that the reader should see once: what a URL or a changed model made impossible."""

from __future__ import annotations

from collections.abc import Iterable

import streamlit as st

KEY = "_notices"


def say(sentences: Iterable[str]) -> None:
    """Add to what is shown until the reader dismisses it."""
    said = st.session_state.setdefault(KEY, [])
    said.extend(sentence for sentence in sentences if sentence not in said)


def replace(sentences: Iterable[str]) -> None:
    """Show these, and none from before."""
    st.session_state[KEY] = list(sentences)


def show() -> None:
    """Draw them, with a button that dismisses them; nothing where there are none."""
    said = st.session_state.get(KEY)
    if not said:
        return
    with st.container(horizontal=True, vertical_alignment="center", key="notices"):
        st.warning("  \n".join(said), width="stretch")
        st.button("Dismiss", on_click=replace, args=((),), key="dismiss")
