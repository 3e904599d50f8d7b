"""The right side's controls: the usual pairs, one click each, and every other setting in a popover."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

import streamlit as st

from explorer.catalog import entries, entry
from explorer.experiment import Experiment, ExperimentError, Hook
from explorer.experiment.digit_setting import DigitChoice
from explorer.experiment.hooks import HookList
from explorer.experiment.number_settings import Number
from explorer.experiment.setting import Choice, ModelChoice, Setting, Switch
from explorer.experiment.settings import SETTINGS
from explorer.ui.pages.compare.difference_words import capitalized
from explorer.ui.pages.compare.result_words import hook_words
from explorer.ui.shell import notices, url
from explorer.ui.shell.history import is_back_or_forward
from explorer.ui.shell.right_side import (
    RIGHT_SIDE,
    all_params,
    called_the_other_way,
    named_params,
    right_side,
    right_side_text,
)

REMEMBERED_RIGHT_SIDE = "_with"  # the parameter, for when the reader comes back from another page
KEY = "right_"  # before the name of each control's state
NONE, OBSERVING, AS_LEFT = "none", "one that observes", "the left's"
# The popover's columns, by the settings' names; those not named here stand below in the last one.
COLUMNS = (
    ("model", "digit", "grad", "seed"),
    ("call", "hooks", "batch", "p"),
    ("training", "entry_mode", "size", "keyword", "backward"),
)
LAID_OUT = frozenset(name for column in COLUMNS for name in column)
OTHERS = tuple(setting.name for setting in SETTINGS if setting.name not in LAID_OUT)


def right_from_url(left: Experiment) -> Experiment:
    """Return the right side that the URL asks for; say what it asks for in vain, and take that out of it."""
    state, query = st.session_state, st.query_params
    # Back to an address without it is back to the pair that it was left out for.
    if RIGHT_SIDE not in query and state.get(REMEMBERED_RIGHT_SIDE) is not None and not is_back_or_forward():
        query[RIGHT_SIDE] = state[REMEMBERED_RIGHT_SIDE]
    text = query.get(RIGHT_SIDE)
    right, refused = right_side(left, text)
    if refused:
        notices.add([f"The right side: {sentence}" for sentence in refused])
        query[RIGHT_SIDE] = state[REMEMBERED_RIGHT_SIDE] = right_side_text(left, right)
        st.rerun()
    state[REMEMBERED_RIGHT_SIDE] = text
    return right


def usual_pairs(left: Experiment) -> Mapping[str, Experiment | None]:
    """Return the right side of each pair that is one click away; None where the left has nothing to change."""
    module = entry(left.model).kind == "module"
    hooks = () if left.hooks else (Hook(),)
    return {
        "call / forward": called_the_other_way(left),
        "train / eval": replace(left, training=not left.training) if module else None,
        "grad / no_grad": replace(left, grad="no_grad" if left.grad == "enabled" else "enabled"),
        "hook / none": replace(left, hooks=hooks) if module else None,
    }


def draw_pairs(left: Experiment, right: Experiment) -> None:
    """Draw a button for each usual pair; the one that is shown is marked."""
    for name, other in usual_pairs(left).items():
        st.button(
            name,
            key=f"pair {name}",
            type="primary" if other == right else "secondary",
            on_click=_ask,
            args=(right_side_text(left, other) if other is not None else "",),
            disabled=other is None,
            help=None if other is not None else "Here only for an `nn.Module`.",
        )


def draw_settings(left: Experiment, right: Experiment) -> None:
    """Draw every setting of the right side in a popover. What is changed there stays; the rest follows the left."""
    with st.popover("Right side…"):
        st.markdown("**The right side.** What you change here stays as it is; the rest follows the left.")
        _Controls(left, right).draw()
        st.button(
            "Copy the left's run here",
            on_click=_ask,
            args=(urlencode(all_params(left)),),
            help="The right becomes the run that the left is now and keeps all its settings, hooks too; then change "
            "the left in the sidebar.",
        )


class _Controls:
    """The controls of the popover; each shows what the right side is, and a change of one is a new `with`."""

    def __init__(self, left: Experiment, right: Experiment) -> None:
        self.left, self.right, self.chosen = left, right, entry(right.model)

    def draw(self) -> None:
        settings = {setting.name: setting for setting in SETTINGS}
        *first, last = COLUMNS
        for column, names in zip(st.columns(3, gap="small"), (*first, (*last, *OTHERS)), strict=True):
            with column:
                for name in names:
                    self.draw_control(settings[name], getattr(self.right, name))

    def draw_control(self, setting: Setting, value: Any) -> None:
        """Draw the control of one setting; nothing for a number that the right side's model does not have."""
        match setting:
            case ModelChoice():
                self.draw_choice(setting, tuple(entries()), value)
            case HookList():
                self.draw_hooks(setting)
            case Number():
                self.draw_number(setting, value)
            case DigitChoice():
                if setting.applies_to(self.chosen):
                    self.draw_choice(setting, setting.choices_for(self.chosen), value)
            case Switch() if not setting.has_words:
                self.show(setting, value)
                st.checkbox(**self.shared(setting))
            case Switch():
                self.draw_choice(setting, setting.choices, setting.format(value))
            case Choice():
                self.draw_choice(setting, setting.choices, value)

    def draw_hooks(self, setting: HookList) -> None:
        offered = self.offered_hooks()
        shown = next((name for name, hooks in offered.items() if hooks == self.right.hooks), None)
        registered = "; ".join(capitalized(hook_words(hook)) for hook in self.right.hooks)
        options = (*offered, *([f"{len(self.right.hooks)} of its own"] if shown is None else []))
        self.draw_choice(setting, options, shown or options[-1], help=registered or None)

    def offered_hooks(self) -> dict[str, tuple[Hook, ...]]:
        """Return the hooks that each choice of the control gives."""
        of_left = {AS_LEFT: self.left.hooks} if self.left.hooks else {}
        return {NONE: (), OBSERVING: (Hook(),), **of_left}

    def draw_choice(self, setting: Setting, options: tuple[str, ...], shown: str, **more: Any) -> None:
        self.show(setting, shown)
        st.selectbox(options=options, **self.shared(setting), **more)

    def draw_number(self, setting: Number, value: float | None) -> None:
        allowed = setting.bounds_for(self.chosen)
        number_type: Any = setting.number_type
        if allowed is None:
            return
        self.show(setting, number_type(value or 0))
        st.number_input(
            min_value=number_type(allowed.low),
            max_value=number_type(allowed.high),
            step=number_type(setting.step),
            **self.shared(setting),
        )

    def show(self, setting: Setting, value: Any) -> None:
        """Let the control show this value. Call it before the control is drawn."""
        st.session_state[KEY + setting.name] = value

    def shared(self, setting: Setting) -> dict[str, Any]:
        """Return what every control is given."""
        return {
            "label": setting.label_for(self.chosen),
            "key": KEY + setting.name,
            "on_change": self.ask_with(setting),
            "disabled": not setting.applies_to(self.chosen),
        }

    def ask_with(self, setting: Setting) -> Callable[[], None]:
        """Return what a control does when it is changed: it asks for the right side with that one setting."""

        def ask() -> None:
            # Two controls may be changed before the script draws again: the second goes on from what the first asked.
            text = st.query_params.get(RIGHT_SIDE)
            right, _ = right_side(self.left, text)
            try:
                changed = self.changed(right, setting, st.session_state[KEY + setting.name])
            except ExperimentError as error:
                notices.add((str(error),))
                return
            named = named_params(text) if text is not None else {}
            _ask(right_side_text(self.left, changed, always_named=(*named, setting.parameter)))

        return ask

    def changed(self, right: Experiment, setting: Setting, shown: Any) -> Experiment:
        """Return this right side with one setting as its control now shows it."""
        value: Any = shown
        match setting:
            case ModelChoice():
                return url.on_another_model(right, shown)[0]
            case HookList():
                value = self.offered_hooks().get(shown, right.hooks)
            case Switch() if setting.has_words:
                value = setting.value_of(shown)
        return replace(right, **{setting.name: value})


def _ask(text: str) -> None:
    """Put another right side into the URL."""
    st.query_params[RIGHT_SIDE] = text
