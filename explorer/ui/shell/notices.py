"""Sentences that the reader should see once: what a URL or a changed model made impossible."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import streamlit as st

from explorer.ui.shell.markdown import escaped

KEY = "_notices"
REMEMBERED_PARAMETERS = "_remembered_parameters"
LONGEST_QUOTED = 40  # characters of a parameter that a sentence repeats


def add(sentences: Iterable[str]) -> None:
    """Add sentences to those that are shown until the reader dismisses them."""
    shown = st.session_state.setdefault(KEY, [])
    shown.extend(sentence for sentence in sentences if sentence not in shown)


def replace(sentences: Iterable[str]) -> None:
    """Show these sentences, and none from before."""
    st.session_state[KEY] = list(sentences)


def show() -> None:
    """Draw them as plain text, with a button that dismisses them; nothing where there are none."""
    sentences = st.session_state.get(KEY)
    if not sentences:
        return
    with st.container(horizontal=True, vertical_alignment="center", key="notices"):
        st.warning("  \n".join(map(escaped, sentences)), width="stretch")
        st.button("Dismiss", on_click=replace, args=((),), key="dismiss")


def remember(params: Mapping[str, str]) -> None:
    """Note the parameters that a page's own controls are about to read."""
    st.session_state[REMEMBERED_PARAMETERS] = dict(params)


def add_what_was_ignored() -> None:
    """Add a sentence for each remembered parameter that its control did not take. Call it when the page is drawn.

    A bound control silently falls back to its default and takes the parameter out of the URL, which it also does
    with a parameter whose text is the default's; so the value itself is compared.
    """
    params = st.session_state.pop(REMEMBERED_PARAMETERS, {})
    ignored = [
        f"{name} cannot be {text[:LONGEST_QUOTED]!r} here; its default is used."
        for name, text in params.items()
        if name in st.session_state and not _means(text, st.session_state[name])
    ]
    if ignored:
        add(ignored)
        st.rerun()


def _means(text: str, value: object) -> bool:
    """Return whether the text of a URL means this value."""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        try:
            return float(text) == value
        except ValueError:
            return False
    return text.lower() == str(value).lower()
