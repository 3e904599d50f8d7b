"""When a page itself fails: one sentence for the reader, the traceback for the server's log."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from explorer.catalog.user_model import UserModelError
from explorer.ui.shell.markdown import escaped_around_code

LOG = logging.getLogger(__name__)
SAID = (
    "This page could not be drawn: that is a fault of the explorer, not of your input. "
    "The other pages still work; the server's log says what went wrong."
)


@contextmanager
def catch_page_errors() -> Iterator[None]:
    """Draw inside this. Streamlit's own stop and rerun are no `Exception`, and pass."""
    try:
        yield
    except UserModelError as error:  # what the reader's own code raised is no fault of ours
        st.error(escaped_around_code(str(error)))
    except Exception:
        LOG.exception("A page failed")
        st.error(SAID)
