"""Sentences that the reader should see once: what a URL or a changed model made impossible."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import streamlit as st

from explorer.ui.shell.markdown import literal

KEY = "_notices"
ASKED = "_asked"
LONGEST = 40  # characters of a parameter that a sentence repeats


def say(sentences: Iterable[str]) -> None:
    """Add to what is shown until the reader dismisses it."""
    said = st.session_state.setdefault(KEY, [])
    said.extend(sentence for sentence in sentences if sentence not in said)


def replace(sentences: Iterable[str]) -> None:
    """Show these, and none from before."""
    st.session_state[KEY] = list(sentences)


def show() -> None:
    """Draw them as plain text, with a button that dismisses them; nothing where there are none."""
    said = st.session_state.get(KEY)
    if not said:
        return
    with st.container(horizontal=True, vertical_alignment="center", key="notices"):
        st.warning("  \n".join(map(literal, said)), width="stretch")
        st.button("Dismiss", on_click=replace, args=((),), key="dismiss")


def remember(asked: Mapping[str, str]) -> None:
    """Note the parameters that a page's own controls are about to read."""
    st.session_state[ASKED] = dict(asked)


def say_what_was_ignored() -> None:
    """After the page has drawn: a sentence for each remembered parameter that its control did not take.

    A bound control silently falls back to its default and takes the parameter out of the URL, which it also does
    with a parameter that spells the default; so the value itself is compared.
    """
    asked = st.session_state.pop(ASKED, {})
    ignored = [
        f"{name} cannot be {value[:LONGEST]!r} here; its default is used."
        for name, value in asked.items()
        if name in st.session_state and not _spells(value, st.session_state[name])
    ]
    if ignored:
        say(ignored)
        st.rerun()


def _spells(text: str, value: object) -> bool:
    """Whether the text of a URL means this value."""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        try:
            return float(text) == value
        except ValueError:
            return False
    return text.lower() == str(value).lower()
