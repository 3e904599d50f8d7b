"""The step of a run, or the row of a pair, that the URL asks for."""

from __future__ import annotations

import streamlit as st

from explorer.ui.shell import notices
from explorer.ui.shell.history import is_back_or_forward
from explorer.ui.shell.pages import Page
from explorer.ui.shell.url import whole_number


def position_from_url(page: Page, shown: object, count: int, *, owner: str) -> int | None:
    """Return the position that the URL asks for; None where it asks for none that there is.

    page: whose `position` is the parameter's name, which a notice repeats: "step".
    shown: what the positions belong to. Where it is not what was shown before, the URL's position is out of date.
    count: how many positions it has; a notice says so where the URL asks for one beyond them.
    owner: the name of `shown` in the notice: "This run".
    """
    parameter = page.position
    text = st.query_params.get(parameter)
    belongs_to = st.session_state.setdefault(f"_{parameter}_of", shown)
    st.session_state[f"_{parameter}_of"] = shown
    if text is None:
        return None
    if belongs_to != shown and not is_back_or_forward():
        del st.query_params[parameter]
        return None
    position = whole_number(text)
    if position is None or position >= count:
        del st.query_params[parameter]
        known = f"{owner} has {parameter}s 0 to {count - 1} for a link to name"
        notices.add((f"{known}; {text[:40]!r} is none of them, and was left out.",))
        st.rerun()
    return position
