"""Inside model(x): the Streamlit script. Page config, the controls, navigation, and nothing else."""

from functools import partial

import streamlit as st

from explorer.ui import errors, notices, process, theme
from explorer.ui.pages.call_path import call_path_page
from explorer.ui.pages.dropout import dropout_page
from explorer.ui.pages.graph import graph_page
from explorer.ui.sidebar import experiment_from_sidebar

process.settle_once()
theme.configure_page()
experiment = experiment_from_sidebar()
page = st.navigation(
    [
        st.Page(partial(call_path_page, experiment), title="Call path", url_path="call-path", default=True),
        st.Page(partial(graph_page, experiment), title="Graph", url_path="graph"),
        st.Page(partial(dropout_page, experiment), title="Dropout", url_path="dropout"),
    ],
    position="top",
)
notices.show()
with errors.told_in_one_sentence():
    page.run()
notices.say_what_was_ignored()
