"""Frame the page: title, icon, width, and a style sheet beside Streamlit's own."""

from __future__ import annotations

import streamlit as st

from explorer.ui.web.files import SHARED

TITLE = "Inside model(x)"
SIDEBAR_WIDTH = 320  # pixels
# Any entry makes Streamlit draw its menu, which is where a reader chooses light or dark.
ABOUT = "**Inside `model(x)`** shows what PyTorch does between the parentheses of a model call. Nothing is sent away."


def configure_page() -> None:
    """Configure Streamlit's page. Call it before any other `st` command of the script."""
    st.set_page_config(
        page_title=TITLE,
        page_icon=str(SHARED / "icon.svg"),
        layout="wide",
        initial_sidebar_state=SIDEBAR_WIDTH,
        menu_items={"About": ABOUT},
    )
    st.html(SHARED / "page.css")
