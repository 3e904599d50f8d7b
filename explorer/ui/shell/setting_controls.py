"""The control of each setting in the sidebar: drawn from the table of settings, bound to the URL's parameter."""

from __future__ import annotations

from typing import Any

import streamlit as st

from explorer.catalog import Entry
from explorer.catalog.digits import stored_digits
from explorer.experiment import Experiment, ExperimentError
from explorer.experiment.digit_setting import DigitChoice
from explorer.experiment.hooks import HookList
from explorer.experiment.number_settings import Decimal, Number
from explorer.experiment.setting import Choice, ModelChoice, Setting, Switch
from explorer.experiment.settings import SETTINGS
from explorer.ui.shell.hook_list import draw_hook_list, hooks_in_fields, write_hooks
from explorer.ui.shell.pages import UnusedSettings


def draw_control(setting: Setting, chosen: Entry, unused: UnusedSettings) -> Any:
    """Draw the control of a setting and return the value that it shows.

    The session's state holds the control's value by the name of the URL's parameter.
    """
    shared: dict[str, Any] = {
        "label": setting.label_for(chosen),
        "key": setting.parameter,
        "bind": "query-params",
        "disabled": setting.name in unused or not setting.applies_to(chosen),
        "help": setting.help_for(chosen),
    }
    match setting:
        case HookList():
            return draw_hook_list(chosen, unused)
        case Number():
            return _draw_number(setting, chosen, shared)
        case DigitChoice():
            return _draw_digit(setting, chosen, shared)
        case Switch() if not setting.has_words:
            return st.checkbox(**shared)
        case Switch():
            usual = setting.format(setting.default(chosen.key))
            return setting.value_of(_draw_choices(setting.choices, usual, shared))
        case Choice() if setting.captions:
            return st.radio(options=setting.choices, captions=setting.captions, horizontal=True, **shared)
        case Choice():
            return _draw_choices(setting.choices, setting.default(chosen.key), shared)
    raise TypeError(f"{setting.name} has no control")


def set_controls(experiment: Experiment) -> None:
    """Let every control but the model's show this experiment. Call it before they are drawn, as in a callback."""
    for setting in SETTINGS:
        if isinstance(setting, ModelChoice):
            continue
        value = getattr(experiment, setting.name)
        if isinstance(setting, HookList):
            write_hooks(value, experiment.model)
        elif isinstance(setting, Switch) and setting.has_words:
            st.session_state[setting.parameter] = setting.format(value)
        else:
            st.session_state[setting.parameter] = value


def shown_by_controls(last: Experiment) -> Experiment:
    """Return the experiment that the controls of this model show now. Call it in a callback.

    last: the one that was drawn last, and what is returned where the controls cannot be read together. A reader who is
    quick has changed more than one control since then.
    """
    values: dict[str, Any] = {"model": last.model}
    for setting in SETTINGS:
        if isinstance(setting, HookList):
            values[setting.name] = hooks_in_fields(last.model)
        elif not isinstance(setting, ModelChoice):
            shown = st.session_state.get(setting.parameter)
            if isinstance(setting, Switch) and setting.has_words and shown is not None:
                shown = setting.value_of(shown)
            values[setting.name] = getattr(last, setting.name) if shown is None else shown
    try:
        return Experiment(**values)
    except ExperimentError:
        return last


def _draw_choices(choices: tuple[str, ...], usual: str, shared: dict[str, Any]) -> str:
    chosen: str = st.segmented_control(options=choices, default=usual, required=True, **shared)
    return chosen


def _draw_digit(setting: DigitChoice, chosen: Entry, shared: dict[str, Any]) -> str | None:
    """Draw the list of digits, and below it what the model makes of the chosen one; nothing where there are none."""
    names = setting.choices_for(chosen)
    usual = setting.default(chosen.key)
    if usual is None:
        return None
    name: str = st.selectbox(options=names, index=names.index(usual), **shared)
    st.caption(stored_digits()[name].words)
    return name


def _draw_number(setting: Number, chosen: Entry, shared: dict[str, Any]) -> float | None:
    """Draw an empty field where the entry has no such setting."""
    allowed = setting.bounds_for(chosen)
    number_type: Any = setting.number_type
    value = st.number_input(
        min_value=number_type(allowed.low if allowed else 0),
        max_value=number_type(allowed.high if allowed else 1),
        value=number_type(allowed.default) if allowed else None,
        step=number_type(setting.step),
        format="%.2f" if isinstance(setting, Decimal) else None,
        placeholder="none",
        **shared,
    )
    return None if value is None or allowed is None else setting.number_type(value)
