"""Inside model(x): the Streamlit script. Page config, the controls, navigation, and nothing else."""

import sys

import streamlit as st

from explorer.experiment import Experiment
from explorer.ui.pages.call_map.page import call_map_page
from explorer.ui.pages.call_path.page import call_path_page
from explorer.ui.pages.compare.page import compare_page
from explorer.ui.pages.dropout.page import dropout_page
from explorer.ui.pages.graph.page import graph_page
from explorer.ui.pages.questions.page import questions_page
from explorer.ui.shell import errors, history, notices, process, projecting, theme, user_model
from explorer.ui.shell.sidebar import experiment_from_sidebar

process.configure_process_once()
theme.configure_page()
history.keep_entries()
# First, so that a rerun on the way to the experiment stays on the page that the address asks for.
page = st.navigation(
    [
        st.Page(lambda: call_path_page(experiment), title="Call path", url_path="call-path", default=True),
        st.Page(lambda: graph_page(experiment), title="Graph", url_path="graph"),
        st.Page(lambda: compare_page(experiment), title="Compare", url_path="compare"),
        st.Page(lambda: dropout_page(experiment), title="Dropout", url_path="dropout"),
        st.Page(lambda: call_map_page(experiment), title="Map", url_path="map"),
        st.Page(questions_page, title="Questions", url_path="questions"),
    ],
    position="top",
)
user_model.register_or_stop(sys.argv, __file__)
with errors.told_in_one_sentence():
    experiment: Experiment = experiment_from_sidebar(page.url_path)
    projecting.offer(page.url_path)
    notices.show()
    page.run()
notices.say_what_was_ignored()
