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
    observation: Observation, *, key: str, step: int | None = None, jumps: int = 0, link_parameter: str = "step"
) -> int | None:
    """Show the player on the page.

    step: the step it opens at, an index into `observation.trace.steps`; None for where the reader stood in this run
    when the tab last showed it. It counts when this observation is first shown, and when `jumps` is another number
    than before; other reruns leave the reader where they are.
    link_parameter: the name of the page's URL parameter for the step; the player copies such a link.

    Returns the step that the reader has just asked a link for, else None. That is the only message it sends.
    """
    packed = _packed_for(observation, observation.experiment) if observation.experiment else _pack(observation)
    fingerprint = hashlib.sha256(packed).hexdigest()
    head: PlayerHead = {"step": step, "jumps": jumps, "fingerprint": fingerprint, "linkParameter": link_parameter}
    result = _mount(key=key, data=json.dumps(head).encode() + b"\n" + packed, on_step_change=do_nothing)
    return None if result.step is None else int(result.step)


@st.cache_data(max_entries=CACHED_RUNS, show_spinner=False)
def _packed_for(_observation: Observation, experiment: Experiment) -> bytes:
    """Return the compressed payload. Equal experiments give equal observations, so the experiment alone is the key."""
    return _pack(_observation)


def _pack(observation: Observation) -> bytes:
    """Return the payload as compressed JSON: some 55 kB for a ResNet-18. Equal records give equal bytes."""
    document = json.dumps(run_payload(observation), separators=(",", ":"))
    return gzip.compress(document.encode(), compresslevel=4, mtime=0)
