"""Keep the observations of the latest runs, for all sessions that ask for the same run."""

from __future__ import annotations

import streamlit as st

from explorer.experiment import Experiment
from explorer.observe import observe
from explorer.record import Observation

KEPT_RECORDS = 32  # a record of `resnet18` takes 2.4 MB


@st.cache_resource(max_entries=KEPT_RECORDS, show_spinner=False)
def observation(experiment: Experiment) -> Observation:
    """Return what `observe` returns; the record is frozen, so all sessions may read the very same one.

    Streamlit computes a missing entry once however many sessions ask for it at the same time, and draws nothing
    meanwhile: no `st` command runs while torch's lock is held.
    """
    return observe(experiment)
