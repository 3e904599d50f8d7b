"""Make a session's study bit by bit, and keep the finished ones for all sessions."""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock
from time import monotonic

import streamlit as st

from explorer.experiment import Experiment
from explorer.measure.dropout import ModeGrid, ModeGridStudy
from explorer.measure.dropout.mode_grid import grad_modes_of, in_train_mode_with_gradients
from explorer.runtime.isolation import give_way

IN_PROGRESS = "_dropout_work"
KEPT_BYTES = 48_000_000  # of samples of finished studies
BAR_AFTER = 0.4  # seconds before a progress bar appears
BAR_EVERY = 0.15  # seconds between two updates of the bar

Key = tuple[Experiment, str, int]


class Studies:
    """The finished studies, the least recently used of them given up where they take too much room."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._studies: OrderedDict[Key, ModeGrid] = OrderedDict()

    def get(self, key: Key) -> ModeGrid | None:
        """Return a finished study; None where there is none."""
        with self._lock:
            if key in self._studies:
                self._studies.move_to_end(key)
            return self._studies.get(key)

    def put(self, key: Key, study: ModeGrid) -> None:
        """Keep a finished study."""
        with self._lock:
            self._studies[key] = study
            while len(self._studies) > 1 and sum(map(_size, self._studies.values())) > KEPT_BYTES:
                self._studies.popitem(last=False)


class StudyInProgress:
    """One unfinished study; it survives the reruns of the script, which may come at any `st` command."""

    def __init__(self, key: Key, experiment: Experiment, calls: int) -> None:
        self.key = key
        self.grid_study = ModeGridStudy(experiment, calls)
        self.cancelled: ModeGrid | None = None  # what the calls gave until the reader cancelled


@st.cache_resource(show_spinner=False)
def studies() -> Studies:
    """Return the finished studies of the process."""
    return Studies()


def mode_grid(experiment: Experiment, calls: int) -> ModeGrid:
    """Return the study of the four cells, finished, or cancelled by the reader.

    A long one draws a progress bar and a button that cancels. Torch's lock is held during a slice of the calls only,
    and no `st` command runs meanwhile: a rerun that interrupts comes between two slices, and the next run goes on
    from there.

    Raises StudyError where there is nothing to study.
    """
    key: Key = (in_train_mode_with_gradients(experiment), grad_modes_of(experiment)[1], calls)
    finished = studies().get(key)
    if finished is not None:
        st.session_state.pop(IN_PROGRESS, None)
        return finished
    work = st.session_state.get(IN_PROGRESS)
    if not isinstance(work, StudyInProgress) or work.key != key:
        work = st.session_state[IN_PROGRESS] = StudyInProgress(key, experiment, calls)
    if work.cancelled is None:
        _advance(work)
    if work.cancelled is not None:
        _offer_the_rest(work.cancelled, calls)
        return work.cancelled
    study = work.grid_study.record()
    studies().put(key, study)
    st.session_state.pop(IN_PROGRESS, None)
    return study


def _advance(work: StudyInProgress) -> None:
    begun, last_update, at_first = monotonic(), 0.0, work.grid_study.share
    slot = st.empty()
    bar = None
    while work.cancelled is None and work.grid_study.advance():
        give_way()
        now = monotonic()
        if now - begun < BAR_AFTER or now - last_update < BAR_EVERY:
            continue
        if bar is None:
            with slot.container(horizontal=True, vertical_alignment="center", key="long_study"):
                bar = st.progress(work.grid_study.share)
                st.button("Cancel", key="cancel", on_click=_cancel, help="Keeps what was measured so far.")
        share = work.grid_study.share
        left = (now - begun) * (1 - share) / max(share - at_first, 1e-9)
        bar.progress(
            share, f"{work.grid_study.done:,} of {work.grid_study.calls:,} calls in each combination{_time(left)}"
        )
        last_update = now
    slot.empty()


def _cancel() -> None:
    """Keep what was measured so far; the script runs again after this."""
    work = st.session_state.get(IN_PROGRESS)
    if isinstance(work, StudyInProgress):
        work.cancelled = work.grid_study.record()


def _continue() -> None:
    work = st.session_state.get(IN_PROGRESS)
    if isinstance(work, StudyInProgress):
        work.cancelled = None


def _offer_the_rest(study: ModeGrid, calls: int) -> None:
    with st.container(horizontal=True, vertical_alignment="center", key="cancelled_study"):
        st.markdown(f"Cancelled: **{study.calls:,}** of {calls:,} calls were made.", width="content")
        st.button("Go on", key="continue", on_click=_continue, help="Makes the calls that are left.")


def _time(seconds: float) -> str:
    if seconds < 1:
        return ""
    return f", about {seconds:.0f} s left" if seconds < 90 else f", about {seconds / 60:.0f} min left"


def _size(study: ModeGrid) -> int:
    return sum(cell.samples.nbytes for cell in study.cells.values())
