"""The controls: every one is a parameter of the URL, and together they are the experiment."""

from __future__ import annotations

import streamlit as st

from explorer.catalog import Entry, default_model, entries, entry
from explorer.catalog.user_model import USER_MODEL
from explorer.experiment import Experiment, ExperimentError, Hook
from explorer.ui.shell import fields, notices, url
from explorer.ui.shell.history import came_by_history
from explorer.ui.shell.hook_list import hooks_from_list, write_hooks
from explorer.ui.shell.unused_settings import UnusedSettings, unused_on

# Where the last run's experiment is kept between two runs of the script.
LAST = "_experiment"


def experiment_from_sidebar(url_path: str = "") -> Experiment:
    """Draw the controls and give the experiment that they say. url_path: of the page that they are for.

    The first time, a URL that asks for something impossible is answered with a notice and the default.
    """
    if LAST not in st.session_state:
        _first_look()
    if not came_by_history():
        _mend_url()
    with st.sidebar:
        st.container(key="brand").markdown("Inside `model(x)`")
        idle = unused_on(url_path)
        chosen = entry(_model(idle))
        fields.how(chosen, idle)
        hooks = hooks_from_list(chosen, idle)
        numbers = fields.numbers(chosen, idle)
    experiment = _experiment(chosen, hooks, numbers)
    st.session_state[LAST] = experiment
    return experiment


def _first_look() -> None:
    """Say what the URL asked for in vain, and go on with a URL that asks for what is shown."""
    experiment, sentences = url.asked_for(st.query_params)
    others = {name: value for name, value in st.query_params.items() if name in url.PAGES}
    sentences += (
        *url.unknown(st.query_params),
        *(f"{name} is there more than once: the last counts." for name in _twice()),
    )
    st.session_state[LAST] = experiment
    notices.remember(others)
    if sentences:
        notices.say(sentences)
        st.query_params.from_dict({**experiment.to_params(), **others})
        st.rerun()


def _twice() -> list[str]:
    """The names of known parameters that the URL has more than once."""
    known = (*url.PARAMS, *url.PAGES)
    return [name for name in st.query_params if name in known and len(st.query_params.get_all(name)) > 1]


def _mend_url() -> None:
    """Put back what the URL lost where one page was left for another before it was drawn.

    Streamlit writes a bound parameter when code sets its widget's value, be it to the same one.
    """
    for name in st.session_state[LAST].to_params():
        if name in st.session_state and name not in st.query_params:
            st.session_state[name] = st.session_state[name]


def _model(idle: UnusedSettings) -> str:
    models = tuple(entries())
    key = st.selectbox(
        "Model",
        models,
        index=models.index(default_model()),
        key="model",
        bind="query-params",
        on_change=_model_changed,
        disabled="model" in idle,
        help=f"{len(models)} things to call, or to try to call." + (" `own` is yours." if USER_MODEL in models else ""),
    )
    chosen = entry(key)
    st.caption(f"`{chosen.title}` {chosen.teaches}")
    if idle.why:
        st.container(key="idle").markdown(idle.why)
    return key


def _experiment(
    chosen: Entry, hooks: tuple[Hook, ...], numbers: tuple[int, int | None, int | None, float | None]
) -> Experiment:
    """What the controls say; the model's own defaults, and a notice, where that cannot be."""
    seed, batch, size, p = numbers
    state = st.session_state
    try:
        return Experiment(
            model=chosen.key,
            call=state["call"],
            training=state["mode"] == "train",
            grad=state["grad"],
            hooks=hooks,
            seed=seed,
            batch=batch,
            size=size,
            p=p,
            keyword=state["keyword"],
            entry_mode=state["via"],
            backward=state["backward"],
        )
    except ExperimentError as error:
        notices.say((str(error),))
        return Experiment(model=chosen.key)


def choose_model(key: str) -> None:
    """As if the reader had chosen it from the list. To be called before the controls are drawn, as in a callback."""
    st.session_state["model"] = key
    _model_changed()


def _model_changed() -> None:
    """Carry over what fits the new model; the rest goes back to its default, and a notice says so."""
    experiment, dropped = url.on_another_model(st.session_state[LAST], st.session_state["model"])
    notices.replace(dropped)
    write_hooks(experiment.hooks, experiment.model)
    st.session_state.update(
        mode="train" if experiment.training else "eval",
        seed=experiment.seed,
        batch=experiment.batch,
        size=experiment.size,
        p=experiment.p,
        via=experiment.entry_mode,
        keyword=experiment.keyword,
        backward=experiment.backward,
    )
