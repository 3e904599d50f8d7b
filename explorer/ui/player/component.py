"""The player on a Streamlit page."""

from __future__ import annotations

import gzip
import hashlib
import json

import streamlit as st

from explorer.experiment import Experiment
from explorer.record import Observation
from explorer.ui.player import assets
from explorer.ui.player.contents import run_payload
from explorer.ui.player.payload_types import PlayerHead
from explorer.ui.web.component import do_nothing

CACHED_RUNS = 64  # compressed, so some 20 kB each

_mount = st.components.v2.component(
    "inside_model_player", html=assets.html(), css=assets.css(), js=assets.javascript("player/component.js")
)


def show_player(
    observation: Observation,
    *,
    key: str,
    step: int | None = None,
    detail: int | None = None,
    jumps: int = 0,
    link_parameter: str = "step",
) -> tuple[int, int] | None:
    """Show the player on the page.

    step: the step it opens at, an index into `observation.trace.steps`; None for the one that corresponds to where the
    reader stands in the run that is shown, or where they stood when the tab last showed this one.
    detail: the level of detail that it opens at, 1 to 3; None for the one that is shown.
    Both count when this observation is first shown, and when `jumps` is another number than before; other reruns leave
    the reader where they are.
    link_parameter: the name of the page's URL parameter for the step; the player copies such a link.

    Returns the step and the level that the reader has just asked a link for, else None. It sends no
    other message.
    """
    packed = _packed_for(observation, observation.experiment) if observation.experiment else _pack(observation)
    fingerprint = hashlib.sha256(packed).hexdigest()
    head: PlayerHead = {
        "step": step,
        "detail": detail,
        "jumps": jumps,
        "fingerprint": fingerprint,
        "linkParameter": link_parameter,
    }
    result = _mount(key=key, data=json.dumps(head).encode() + b"\n" + packed, on_step_change=do_nothing)
    return None if result.step is None else (int(result.step[0]), int(result.step[1]))


@st.cache_data(max_entries=CACHED_RUNS, show_spinner=False)
def _packed_for(_observation: Observation, experiment: Experiment) -> bytes:
    """Return the compressed payload. Equal experiments give equal observations, so the experiment alone is the key."""
    return _pack(_observation)


def _pack(observation: Observation) -> bytes:
    """Return the payload as compressed JSON: some 55 kB for a ResNet-18. Equal records give equal bytes."""
    document = json.dumps(run_payload(observation), separators=(",", ":"))
    return gzip.compress(document.encode(), compresslevel=4, mtime=0)
