"""Show a failure of a page itself as one sentence; the traceback goes into the server's log."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from explorer.catalog.user_model import UserModelError
from explorer.ui.shell.markdown import escaped_around_code

LOG = logging.getLogger(__name__)
SENTENCE = (
    "This page could not be drawn: that is a fault of the explorer, not of your input. "
    "The other pages still work; the server's log says what went wrong."
)


@contextmanager
def catch_page_errors() -> Iterator[None]:
    """Turn what a page raises into a sentence; Streamlit's stop and rerun are no `Exception`, and pass."""
    try:
        yield
    except UserModelError as error:  # raised by the reader's own code, not by the explorer's
        st.error(escaped_around_code(str(error)))
    except Exception:
        LOG.exception("A page failed")
        st.error(SENTENCE)
