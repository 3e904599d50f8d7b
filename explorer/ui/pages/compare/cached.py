"""Keep what the page needs of two runs, for all sessions that ask for the same pair."""

from __future__ import annotations

import gzip
import json
from collections.abc import Mapping

import streamlit as st

from explorer.experiment import Experiment
from explorer.measure.outcomes import Outcomes, measure_outcomes
from explorer.measure.timing import Timing, time_calls
from explorer.reading.compare import Comparison, compare
from explorer.ui.pages.compare.payload import pair_payload, side_payload
from explorer.ui.pages.compare.result_words import label
from explorer.ui.shell.observations import observation

KEPT_PAIRS = 12  # a pair of `resnet18` holds two records, 5 MB together
KEPT_SMALL = 64  # of what is small: packed records, some 20 kB each, and figures


@st.cache_resource(max_entries=KEPT_PAIRS, show_spinner=False)
def comparison(left: Experiment, right: Experiment) -> Comparison:
    """Return the two runs compared, step by step."""
    return compare(observation(left), observation(right))


@st.cache_resource(max_entries=KEPT_SMALL, show_spinner=False)
def outcomes(left: Experiment, right: Experiment) -> Outcomes:
    """Run both once more, without tracing, and compare what they return."""
    return measure_outcomes(left, right)


@st.cache_resource(max_entries=KEPT_SMALL, show_spinner=False)
def timing(left: Experiment, right: Experiment) -> Timing | None:
    """Return the times of calls of both without tracing, taken when the pair is first shown."""
    return time_calls(left, right)


@st.cache_data(max_entries=KEPT_SMALL, show_spinner=False)
def packed_side(experiment: Experiment) -> bytes:
    """Return one side's record as the player reads it."""
    return _packed(side_payload(observation(experiment)))


@st.cache_data(max_entries=KEPT_SMALL, show_spinner=False)
def packed_pair(left: Experiment, right: Experiment) -> bytes:
    """Return the rows of a pair as the player reads them."""
    return _packed(pair_payload(comparison(left, right), (label(left, right), label(right, left))))


def _packed(payload: Mapping[str, object]) -> bytes:
    """Return the payload as compressed JSON. Equal payloads give equal bytes."""
    return gzip.compress(json.dumps(payload, separators=(",", ":")).encode(), compresslevel=4, mtime=0)
