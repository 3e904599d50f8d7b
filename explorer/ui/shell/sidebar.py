"""The controls: every one is a parameter of the URL, and together they are the experiment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import streamlit as st

from explorer.catalog import Entry, entries, entry
from explorer.catalog.user_model import USER_MODEL
from explorer.experiment import Experiment, ExperimentError
from explorer.experiment.settings import MODEL, SETTINGS
from explorer.ui.shell import notices, url
from explorer.ui.shell.history import is_back_or_forward
from explorer.ui.shell.pages import CALL_PATH, PAGE_PARAMETERS, Page, UnusedSettings
from explorer.ui.shell.setting_controls import draw_control, set_controls, shown_by_controls

# Where the last run's experiment is kept between two runs of the script.
LAST = "_experiment"


@dataclass(frozen=True)
class ControlRow:
    """Controls beside each other: their settings' names by column, and the columns' shares of the width."""

    columns: tuple[tuple[str, ...], ...]
    widths: tuple[int, ...] = (1,)


ROWS = (
    ControlRow((("digit",),)),
    ControlRow((("call",),)),
    ControlRow((("entry_mode",),)),
    ControlRow((("training",), ("keyword", "backward")), (2, 3)),
    ControlRow((("grad",),)),
    ControlRow((("hooks",),)),
    ControlRow((("batch", "seed"), ("size", "p")), (1, 1)),
)
LAID_OUT = frozenset({"model", *(name for row in ROWS for column in row.columns for name in column)})
OTHERS = tuple(ControlRow(((setting.name,),)) for setting in SETTINGS if setting.name not in LAID_OUT)


def experiment_from_sidebar(page: Page = CALL_PATH) -> Experiment:
    """Draw the controls, for this page, and return the experiment that they show.

    The first time, a URL that asks for something impossible is answered with a notice and the default.
    """
    if LAST not in st.session_state:
        _read_first_url()
    if not is_back_or_forward():
        _restore_url()
    with st.sidebar:
        st.container(key="brand").markdown("Inside `model(x)`")
        chosen = _draw_model(page.unused)
        values: dict[str, Any] = {}
        for row in (*ROWS, *OTHERS):
            values |= _draw_row(row, chosen, page.unused)
    experiment = _experiment(chosen.key, values)
    st.session_state[LAST] = experiment
    return experiment


def choose_model(key: str) -> None:
    """Do what choosing it from the list does. Call it before the controls are drawn, as in a callback."""
    st.session_state[MODEL.parameter] = key
    _model_changed()


def _read_first_url() -> None:
    """Say what the URL asked for in vain, and go on with a URL that asks for what is shown."""
    experiment, sentences = url.experiment_of(st.query_params)
    others = {name: value for name, value in st.query_params.items() if name in PAGE_PARAMETERS}
    sentences += (
        *url.unknown_parameters(st.query_params),
        *(f"{name} is there more than once: the last counts." for name in _repeated()),
    )
    st.session_state[LAST] = experiment
    notices.remember(others)
    if sentences:
        notices.add(sentences)
        st.query_params.from_dict({**experiment.to_params(), **others})
        st.rerun()


def _repeated() -> list[str]:
    """Return the names of known parameters that the URL has more than once."""
    return [name for name in st.query_params if name in url.KNOWN and len(st.query_params.get_all(name)) > 1]


def _restore_url() -> None:
    """Put back what the URL lost where one page was left for another before it was drawn.

    Streamlit writes a bound parameter when code sets its widget's value, be it to the same one.
    """
    for name in st.session_state[LAST].to_params():
        if name in st.session_state and name not in st.query_params:
            st.session_state[name] = st.session_state[name]


def _draw_model(unused: UnusedSettings) -> Entry:
    models = tuple(entries())
    key = st.selectbox(
        MODEL.label,
        models,
        index=models.index(MODEL.default()),
        key=MODEL.parameter,
        bind="query-params",
        on_change=_model_changed,
        disabled=MODEL.name in unused,
        help=f"{len(models)} things to call, or to try to call." + (" `own` is yours." if USER_MODEL in models else ""),
    )
    chosen = entry(key)
    st.caption(f"`{chosen.title}` {chosen.teaches}")
    if unused.why:
        st.container(key="unused-settings").markdown(unused.why)
    return chosen


def _draw_row(row: ControlRow, chosen: Entry, unused: UnusedSettings) -> dict[str, Any]:
    """Draw the controls of a row and return their values by the settings' names."""
    settings = {setting.name: setting for setting in SETTINGS}
    if len(row.columns) == 1:
        return {name: draw_control(settings[name], chosen, unused) for name in row.columns[0]}
    values: dict[str, Any] = {}
    for column, names in zip(st.columns(row.widths), row.columns, strict=True):
        with column:
            values |= {name: draw_control(settings[name], chosen, unused) for name in names}
    return values


def _experiment(model: str, values: dict[str, Any]) -> Experiment:
    """Return what the controls say; the model's own defaults, and a notice, where that cannot be."""
    try:
        return Experiment(model=model, **values)
    except ExperimentError as error:
        notices.add((str(error),))
        return Experiment(model=model)


def _model_changed() -> None:
    """Carry over what fits the new model; the rest goes back to its default, and a notice says so."""
    before = shown_by_controls(st.session_state[LAST])
    experiment, given_up = url.on_another_model(before, st.session_state[MODEL.parameter])
    notices.replace(given_up)
    set_controls(experiment)
    st.session_state[LAST] = experiment  # the controls show this model's from here on
