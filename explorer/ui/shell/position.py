"""Where in a run, or in a pair of runs, the URL asks the player to stand: a step or a row, and a level of detail."""

from __future__ import annotations

from typing import NamedTuple

import streamlit as st

from explorer.ui.shell import notices
from explorer.ui.shell.history import is_back_or_forward
from explorer.ui.shell.pages import DETAIL, Page
from explorer.ui.shell.url import whole_number

LEVELS = (1, 2, 3)  # phases only, the call path, everything
USUAL_LEVEL = 2  # which a URL leaves out


class Place(NamedTuple):
    """A place in a run. None is what the URL does not ask for."""

    position: int | None  # a step or a row, counted from 0 over all that there are, whatever the level of detail
    detail: int | None


def place_from_url(page: Page, shown: object, count: int, *, owner: str) -> Place:
    """Return the place that the URL asks for.

    page: whose `position` is the parameter's name, which a notice repeats: "step".
    shown: what the positions belong to. Where it is not what was shown before, the URL's place is out of date.
    count: how many positions it has; a notice says so where the URL asks for one beyond them.
    owner: the name of `shown` in the notice: "This run".
    """
    parameter, query = page.position, st.query_params
    belongs_to = st.session_state.setdefault(f"_{parameter}_of", shown)
    st.session_state[f"_{parameter}_of"] = shown
    if belongs_to != shown and not is_back_or_forward():
        for name in (parameter, DETAIL):
            if name in query:
                del query[name]
    refused = []
    position = _number(parameter, range(count))
    if position is None and parameter in query:
        known = f"{owner} has {parameter}s 0 to {count - 1} for a link to name"
        refused.append(f"{known}; {query.pop(parameter)[:40]!r} is none of them, and was left out.")
    detail = _number(DETAIL, LEVELS)
    if detail is None and DETAIL in query:
        levels = "1 for the phases, 2 for the call path, 3 for everything"
        refused.append(f"{DETAIL} is {levels}; {query.pop(DETAIL)[:40]!r} is none of them, and was left out.")
    if refused:
        notices.add(refused)
        st.rerun()
    return Place(position, detail)


def write_place(page: Page, place: tuple[int, int]) -> None:
    """Put a position and a level of detail into the URL."""
    position, detail = place
    st.query_params[page.position] = str(position)
    if detail != USUAL_LEVEL:
        st.query_params[DETAIL] = str(detail)
    elif DETAIL in st.query_params:
        del st.query_params[DETAIL]


def _number(parameter: str, allowed: range | tuple[int, ...]) -> int | None:
    """Return the parameter's number; None where the URL has none that is allowed."""
    number = whole_number(st.query_params.get(parameter, ""))
    return number if number in allowed else None
