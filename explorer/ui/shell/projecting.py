"""One control that makes a page large enough for a room. It is for the pages whose view has none of its own."""

from __future__ import annotations

import streamlit as st

from explorer.ui.web.stylesheets import SHARED

PAGES = ("graph", "dropout", "questions")  # their addresses
KEY = "project"  # the parameter of the URL
REMEMBERED = "_project"  # the same, for when the reader comes back from another page


def offer(url_path: str) -> None:
    """Draw the control in the line of the pages' links, and enlarge the page where it is pressed."""
    if url_path not in PAGES:
        return
    state = st.session_state
    if KEY not in state and state.get(REMEMBERED):
        state[KEY] = True
    with st.container(key="project_bar", gap=None):
        # A bound field comes back with the browser's back button, but only a button has a key on the keyboard.
        with st.container(key="carried-project"):
            on = st.checkbox("project of the address", key=KEY, bind="query-params")
        st.button(
            "Leave" if on else "Project",
            key="project_button",
            on_click=_turn,
            args=(not on,),
            shortcut="Esc" if on else None,
            help=None if on else "Large enough for the back row",
        )
        if on:
            st.html(SHARED / "projecting.css")
    state[REMEMBERED] = on


def _turn(on: bool) -> None:
    st.session_state[KEY] = on
