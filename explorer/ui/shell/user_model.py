"""The model that the app's command line names: register it; where it cannot be used, say so and draw nothing else."""

from __future__ import annotations

import logging
from collections.abc import Sequence

import streamlit as st

from explorer.catalog.user_model import UserModelError, load, register
from explorer.ui.shell.command_line import requested_model
from explorer.ui.shell.markdown import escaped_around_code

LOG = logging.getLogger(__name__)


def register_or_stop(command: Sequence[str], script: str) -> None:
    """Put the model that the command line names into the catalogue, if it names one.

    Where it cannot be used, end this run of the script with a sentence, on the page and once on the terminal.

    command: the process's `sys.argv`. script: the path of the app's script.
    """
    sentence = refusal(tuple(command), script)
    if sentence is None:
        return
    _log_once(sentence)
    with st.container(horizontal=True):
        st.title("Your own model cannot be used", anchor=False)
    st.error(escaped_around_code(sentence))
    st.caption("Start the server again once this is mended.")
    st.stop()


@st.cache_resource(show_spinner=False)
def refusal(command: tuple[str, ...], script: str) -> str | None:
    """Register the named model. Return why it cannot be used; None where it can, or where none is named.

    Once in a process: a process has one command line, and a model that was refused is not imported again.
    """
    try:
        request = requested_model(command, script)
        if request is not None:
            register(load(request))
    except UserModelError as error:
        return str(error)
    return None


@st.cache_resource(show_spinner=False)
def _log_once(sentence: str) -> None:
    LOG.error(sentence)
