"""The seal of a run: what the same experiment, run bare, says of the record."""

from __future__ import annotations

from pathlib import Path

import streamlit as st
import torch
from streamlit.delta_generator import DeltaGenerator

from explorer.experiment import Experiment
from explorer.measure.bare_check import BareCheck, check_against_bare
from explorer.ui.shell.markdown import escaped
from explorer.ui.shell.observations import observation

KEPT_CHECKS = 1024


def draw_seal(place: DeltaGenerator, experiment: Experiment) -> None:
    """Check a run and draw the verdict. Call it last: the check makes the run three times more."""
    check = _checked(experiment)
    if check is None:
        return
    if check.passed:
        place.caption(seal_sentence(check))
    else:
        place.warning(seal_sentence(check))


def seal_sentence(check: BareCheck) -> str:
    """Return what was checked, and where it differs, as Markdown."""
    where = f"torch {torch.__version__.partition('+')[0]}, CPU"
    if check.passed:
        output = "the same exception" if check.raised else "output bit for bit"
        return f"Checked against a bare call: {_lines(check)}, {output}, random state equal ({where})."
    found = []
    if check.lines_differ:
        found.append(f"{_lines(check)} agree (the first that does not: {_short(check.lines_differ[0])})")
    if check.output_equal is None:
        found.append("the outputs cannot be compared")
    elif not check.output_equal and check.raised:
        found.append("the exception is another one")
    elif not check.output_equal:
        by = check.largest_difference
        found.append("the output is another one" if not by else f"the output differs by up to {by:.3g} in an element")
    if not check.random_state_equal:
        found.append("the random state afterwards is another one")
    for what, names in (("buffer", check.buffers_differ), ("parameter", check.parameters_differ)):
        if names:
            found.append(f"{what} `{names[0]}` holds something else afterwards")
    why = "" if check.repeatable else " Two bare runs differ as well: this run cannot be repeated."
    return f"Checked against a bare call ({where}): {'; '.join(found)}.{why}"


@st.cache_resource(max_entries=KEPT_CHECKS, show_spinner=False)
def _checked(experiment: Experiment) -> BareCheck | None:
    return check_against_bare(observation(experiment))


def _lines(check: BareCheck) -> str:
    return f"{check.lines_agree:,} of {check.lines:,} line{'' if check.lines == 1 else 's'}"


def _short(line: str) -> str:
    """Return "module.py:1787" of a line's whole path."""
    return escaped(Path(line).name)
