"""Draw the first page: the run, step by step, and what it was."""

from __future__ import annotations

import streamlit as st

from explorer.catalog import TITLES, entry, shown_code
from explorer.experiment import Experiment
from explorer.record import Observation
from explorer.ui.pages.call_path.backward_table import draw_backward
from explorer.ui.pages.call_path.headline import headline
from explorer.ui.pages.call_path.hook_order_line import draw_hook_order, jumps, note_jump
from explorer.ui.pages.call_path.seal import draw_seal
from explorer.ui.pages.call_path.snippet import python_snippet
from explorer.ui.player.component import show_player
from explorer.ui.player.export import export_html
from explorer.ui.shell.history import is_back_or_forward
from explorer.ui.shell.observations import observation
from explorer.ui.shell.pages import CALL_PATH
from explorer.ui.shell.position import place_from_url, write_place

HINT = "Press **Play** or **→** to walk through this call, line by line."


def draw_page(experiment: Experiment) -> None:
    """Draw the page of one run."""
    seen = observation(experiment)
    with st.container(key="head", gap=None):
        with st.container(horizontal=True, vertical_alignment="bottom", gap="medium", key="title"):
            st.title("What happens between the parentheses of `model(x)`?", anchor=False, width="content")
            if len(seen.trace.steps) > 1:
                st.markdown(HINT, width="content")
        if seen.error is None:
            st.markdown(headline(seen))
        else:
            st.error(headline(seen))
        for note in seen.notes[:1]:  # the most surprising one; the others stand below
            st.container(key="note").markdown(note)
        draw_hook_order(seen)
    step, detail = place_from_url(CALL_PATH, experiment, len(seen.trace.steps), owner="This run")
    if step is not None and is_back_or_forward():
        note_jump()  # back to an address with a step in it is back to that step
    to_link = show_player(
        seen, key="player", step=step, detail=detail, jumps=jumps(), link_parameter=CALL_PATH.position
    )
    if to_link is not None:
        write_place(CALL_PATH, to_link)
    if seen.notes[1:]:
        st.markdown("\n".join(f"- {note}" for note in seen.notes[1:]))
    draw_backward(seen)
    seal = st.empty()
    left, right = st.columns([3, 2], gap="large")
    with left:
        _about(experiment)
    with right:
        _take_away(experiment, seen)
    draw_seal(seal, experiment)  # last, when everything else is on its way to the browser


def _about(experiment: Experiment) -> None:
    chosen = entry(experiment.model)
    st.subheader("Its source", anchor=False)
    st.markdown(f"**{chosen.title}.** {chosen.teaches} From *{TITLES[chosen.document]}*")
    if code := shown_code(experiment.model):
        st.code(code, language="python")
    else:
        st.caption("It cannot be read: no file holds it.")


def _take_away(experiment: Experiment, seen: Observation) -> None:
    name = "-".join(("inside", experiment.model, *experiment.to_params().values()))
    st.subheader("Take it with you", anchor=False)
    st.markdown("The same run in Python, without this page:")
    st.code(python_snippet(experiment), language="python", wrap_lines=True)
    with st.container(horizontal=True):
        st.download_button(
            "Save as one HTML file",
            lambda: export_html(seen),
            f"{name}.html",
            "text/html",
            on_click="ignore",
            help="This player with this run inside; it opens without a server and without a network.",
        )
        st.download_button(
            "Save the record as JSON",
            seen.to_json,
            f"{name}.json",
            "application/json",
            on_click="ignore",
            help="Everything that was measured, as plain data.",
        )
