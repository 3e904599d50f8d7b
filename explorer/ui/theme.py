"""How the page is framed: title, icon, width, and the style sheet around Streamlit's own."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

ASSETS = Path(__file__).parent / "assets"
TITLE = "Inside model(x)"
SIDEBAR_WIDTH = 320  # pixels
# Any entry makes Streamlit draw its menu, which is where a reader chooses light or dark.
ABOUT = "**Inside `model(x)`** shows what PyTorch does between the parentheses of a model call. Nothing is sent away."


def configure_page() -> None:
    """The first command of the script."""
    st.set_page_config(
        page_title=TITLE,
        page_icon=str(ASSETS / "icon.svg"),
        layout="wide",
        initial_sidebar_state=SIDEBAR_WIDTH,
        menu_items={"About": ABOUT},
    )
    st.html(ASSETS / "page.css")
