"""Inside model(x): the Streamlit script. Page config, the controls, navigation, and nothing else."""

import sys

import streamlit as st

from explorer.ui.shell import errors, history, notices, process, projecting, theme, user_model
from explorer.ui.shell.pages import PAGES, Page, page_at
from explorer.ui.shell.sidebar import experiment_from_sidebar


def streamlit_page(page: Page) -> st.Page:
    """Return the page for the navigation; it is drawn with the experiment that the sidebar shows by then."""
    return st.Page(lambda: page.draw(experiment), title=page.title, url_path=page.url_path, default=page is PAGES[0])


process.configure()
theme.configure_page()
history.add_history_script()
# First, so that a rerun on the way to the experiment stays on the page that the address asks for.
chosen = st.navigation([streamlit_page(page) for page in PAGES], position="top")
page = page_at(chosen.url_path)
user_model.register_or_stop(sys.argv, __file__)
with errors.catch_page_errors():
    experiment = experiment_from_sidebar(page)
    projecting.draw_project_button(page)
    notices.show()
    chosen.run()
notices.add_what_was_ignored()
