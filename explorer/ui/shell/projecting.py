"""Draw the control that makes a page large enough for a room, on the pages whose view has none of its own."""

from __future__ import annotations

import streamlit as st

from explorer.ui.shell.pages import PROJECT, Page
from explorer.ui.web.files import SHARED

REMEMBERED_PROJECT = "_project"  # the same, for when the reader comes back from another page


def draw_project_button(page: Page) -> None:
    """Draw the control in the line of the pages' links, and enlarge the page where it is pressed."""
    if not page.can_be_projected:
        return
    state = st.session_state
    if PROJECT not in state and state.get(REMEMBERED_PROJECT):
        state[PROJECT] = True
    with st.container(key="project_bar", gap=None):
        # A bound field comes back with the browser's back button, but only a button has a key on the keyboard.
        with st.container(key="carried-project"):
            on = st.checkbox("project of the address", key=PROJECT, bind="query-params")
        st.button(
            "Leave" if on else "Project",
            key="project_button",
            on_click=_set_projecting,
            args=(not on,),
            shortcut="Esc" if on else None,
            help=None if on else "Large enough for the back row",
        )
        if on:
            st.html(SHARED / "projecting.css")
    state[REMEMBERED_PROJECT] = on


def _set_projecting(on: bool) -> None:
    st.session_state[PROJECT] = on
