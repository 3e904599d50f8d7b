"""The step of a run, or the row of a pair, that the URL asks for."""

from __future__ import annotations

import streamlit as st

from explorer.ui.shell import notices, url
from explorer.ui.shell.history import came_by_history


def opened_at(parameter: str, shown: object, count: int, *, owner: str) -> int | None:
    """The place that the URL asks for; None where it asks for none, and a notice where it asks for one too many.

    parameter: what a place is called, in the URL and in the notice: "step".
    shown: what the places belong to. Where it is another one than before, the URL's place meant something else.
    count: how many places it has. owner: the name of `shown` in the notice: "This run".
    """
    text = st.query_params.get(parameter)
    belongs_to = st.session_state.setdefault(f"_{parameter}_of", shown)
    st.session_state[f"_{parameter}_of"] = shown
    if text is None:
        return None
    if belongs_to != shown and not came_by_history():
        del st.query_params[parameter]
        return None
    place = url.whole(text)
    if place is None or place >= count:
        del st.query_params[parameter]
        known = f"{owner} has {parameter}s 0 to {count - 1} for a link to name"
        notices.say((f"{known}; {text[:40]!r} is none of them, and was left out.",))
        st.rerun()
    return place
