"""The right side's controls: the usual pairs, one click each, and every other setting in a popover."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, get_args
from urllib.parse import urlencode

import streamlit as st

from explorer.catalog import Range, entries, entry
from explorer.experiment import Experiment, Hook
from explorer.experiment.checks import SEEDS
from explorer.runtime.call_modes import CallStyle, EntryMode, GradMode
from explorer.ui.pages.compare.other_side import PARAM, named, right_side, spelled, spelled_out, usual_pairs
from explorer.ui.pages.compare.summary import hook_words
from explorer.ui.pages.compare.words import upper
from explorer.ui.shell import notices, url
from explorer.ui.shell.history import came_by_history

REMEMBERED = "_with"  # the parameter, for when the reader comes back from another page
KEY = "right_"  # before the name of each control's state
NONE, OBSERVING, AS_LEFT = "none", "one that observes", "the left's"


def right_from_url(left: Experiment) -> Experiment:
    """The right side that the URL asks for; what it asks for in vain is said, and taken out of it."""
    state, query = st.session_state, st.query_params
    # Back to an address without it is back to the pair that it was left out for.
    if PARAM not in query and state.get(REMEMBERED) is not None and not came_by_history():
        query[PARAM] = state[REMEMBERED]
    text = query.get(PARAM)
    right, doubts = right_side(left, text)
    if doubts:
        notices.say([f"The right side: {doubt}" for doubt in doubts])
        query[PARAM] = state[REMEMBERED] = spelled(left, right)
        st.rerun()
    state[REMEMBERED] = text
    return right


def pairs(left: Experiment, right: Experiment) -> None:
    """A button for each usual pair; the one that is shown is marked."""
    for name, other in usual_pairs(left).items():
        st.button(
            name,
            key=f"pair {name}",
            type="primary" if other == right else "secondary",
            on_click=_ask,
            args=(spelled(left, other) if other is not None else "",),
            disabled=other is None,
            help=None if other is not None else "Here only for an `nn.Module`.",
        )


def settings(left: Experiment, right: Experiment) -> None:
    """Every setting of the right side. What is changed here stays; the rest follows the left."""
    with st.popover("Right side…"):
        st.markdown("**The right side.** What you change here stays as it is; the rest follows the left.")
        _Fields(left, right).draw()
        st.button(
            "Copy the left's run here",
            on_click=_ask,
            args=(urlencode(spelled_out(left)),),
            help="The right becomes the run that the left is now and keeps all its settings, hooks too; then change "
            "the left in the sidebar.",
        )


class _Fields:
    """The controls of the popover; each shows what the right side is, and a change of one is a new `with`."""

    def __init__(self, left: Experiment, right: Experiment) -> None:
        self.left, self.right, self.chosen = left, right, entry(right.model)

    def draw(self) -> None:
        right, module = self.right, self.chosen.kind == "module"
        mode = "train" if right.training else "eval"
        first, second, third = st.columns(3, gap="small")
        with first:
            self.choice("Model", "model", tuple(entries()), right.model)
            self.choice("Grad mode", "grad", get_args(GradMode), right.grad)
            self.number("Seed", "seed", SEEDS, right.seed)
        with second:
            self.choice("Called as", "call", get_args(CallStyle), right.call)
            self.hooks(module)
            self.number("Batch size", "batch", self.chosen.batch, right.batch)
            self.number("Dropout p", "p", self.chosen.p, right.p)
        with third:
            self.choice("Mode", "training", ("train", "eval"), mode, disabled=not module)
            self.choice("Way in", "entry_mode", get_args(EntryMode), right.entry_mode, disabled=not module)
            self.number(self.chosen.size_name, "size", self.chosen.size, right.size)
            self.switch("Inputs by name", "keyword", right.keyword, disabled=not module)
            self.switch("Then backward()", "backward", right.backward, disabled=not module)

    def hooks(self, module: bool) -> None:
        ours = self.held()
        here = next((name for name, hooks in ours.items() if hooks == self.right.hooks), None)
        registered = "; ".join(upper(hook_words(hook)) for hook in self.right.hooks)
        options = (*ours, *([f"{len(self.right.hooks)} of its own"] if here is None else []))
        self.choice("Hooks", "hooks", options, here or options[-1], disabled=not module, help=registered or None)

    def held(self) -> dict[str, tuple[Hook, ...]]:
        """The hooks that one choice gives."""
        own = {AS_LEFT: self.left.hooks} if self.left.hooks else {}
        return {NONE: (), OBSERVING: (Hook(),), **own}

    def choice(self, name: str, field: str, options: tuple[str, ...], value: str, **more: Any) -> None:
        st.session_state[KEY + field] = value
        st.selectbox(name, options, key=KEY + field, on_change=self.changed(field), **more)

    def switch(self, name: str, field: str, value: bool, *, disabled: bool) -> None:
        st.session_state[KEY + field] = value
        st.checkbox(name, key=KEY + field, on_change=self.changed(field), disabled=disabled)

    def number(self, name: str, field: str, allowed: Range | None, value: float | None) -> None:
        """A number within its bounds; nothing where the right side's model has no such setting."""
        if allowed is None:
            return
        kind: Callable[[float], float] = float if field == "p" else int
        st.session_state[KEY + field] = kind(value or 0)
        st.number_input(
            name,
            kind(allowed.low),
            kind(allowed.high),
            step=0.05 if field == "p" else 1,
            key=KEY + field,
            on_change=self.changed(field),
        )

    def changed(self, field: str) -> Callable[[], None]:
        """What a control does when it is changed: it asks for the right side with that one setting."""

        def ask() -> None:
            value = st.session_state[KEY + field]
            text = st.query_params.get(PARAM)
            kept = named(text) if text is not None else {}
            param = {"training": "mode", "hooks": "hook", "entry_mode": "via"}.get(field, field)
            _ask(spelled(self.left, self.with_(field, value), keep=(*kept, param)))

        return ask

    def with_(self, field: str, value: Any) -> Experiment:
        if field == "model":
            return url.on_another_model(self.right, value)[0]
        if field == "hooks":
            return replace(self.right, hooks=self.held().get(value, self.right.hooks))
        return replace(self.right, **{field: value == "train" if field == "training" else value})


def _ask(text: str) -> None:
    """Put another right side into the URL."""
    st.query_params[PARAM] = text
