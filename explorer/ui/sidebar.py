"""The controls: every one is a parameter of the URL, and together they are the experiment."""

from __future__ import annotations

import streamlit as st

from explorer.catalog import ENTRIES, Entry, Range, entry, submodule_paths
from explorer.experiment import Experiment, ExperimentError, Hook
from explorer.ui import links, notices

MODELS = tuple(ENTRIES)
DEFAULT = Experiment()
OUTERMOST = "(outermost)"  # the default, so it never shows in a URL
LARGEST_SEED = 2**31 - 1
NO_MODULE = "Only an `nn.Module` has this."

# Where the last run's experiment is kept between two runs of the script.
LAST = "_experiment"


def experiment_from_sidebar() -> Experiment:
    """Draw the controls and give the experiment that they say.

    The first time, a URL that asks for something impossible is answered with a notice and the default.
    """
    if LAST not in st.session_state:
        _first_look()
    _mend_url()
    with st.sidebar:
        st.container(key="brand").markdown("Inside `model(x)`")
        chosen = entry(_model())
        hooks = _how(chosen)
        numbers = _numbers(chosen)
    experiment = _experiment(chosen, hooks, numbers)
    st.session_state[LAST] = experiment
    return experiment


def _first_look() -> None:
    """Say what the URL asked for in vain, and go on with a URL that asks for what is shown."""
    experiment, sentences = links.asked_for(st.query_params)
    others = {name: value for name, value in st.query_params.items() if name not in links.PARAMS}
    st.session_state[LAST] = experiment
    notices.remember(others)
    if sentences:
        notices.say(sentences)
        st.query_params.from_dict({**experiment.to_params(), **others})
        st.rerun()


def _mend_url() -> None:
    """Put back what the URL lost where one page was left for another before it was drawn.

    Streamlit writes a bound parameter when code sets its widget's value, be it to the same one.
    """
    for name in st.session_state[LAST].to_params():
        if name in st.session_state and name not in st.query_params:
            st.session_state[name] = st.session_state[name]


def _model() -> str:
    key = st.selectbox(
        "Model",
        MODELS,
        index=MODELS.index(DEFAULT.model),
        key="model",
        bind="query-params",
        on_change=_model_changed,
        help="Thirteen things that two articles call, or try to call.",
    )
    chosen = entry(key)
    st.caption(f"`{chosen.title}` {chosen.teaches}")
    return key


def _how(chosen: Entry) -> tuple[Hook, ...]:
    """How it is called: style, mode, grad mode, hook. Gives the hooks; the rest is read from the state."""
    module = chosen.kind == "module"
    st.radio(
        "Called as",
        ("call", "forward"),
        captions=("`model(x)`", "`model.forward(x)`"),
        horizontal=True,
        key="call",
        bind="query-params",
        help="`model(x)` goes through `Module.__call__`; `model.forward(x)` goes around it.",
    )
    st.segmented_control(
        "Mode",
        ("train", "eval"),
        default="train",
        required=True,
        key="mode",
        bind="query-params",
        disabled=not module,
        help="`model.train()` or `model.eval()`, said before the call." if module else NO_MODULE,
    )
    st.segmented_control(
        "Grad mode",
        ("enabled", "no_grad", "inference_mode"),
        default="enabled",
        required=True,
        key="grad",
        bind="query-params",
        help="Whether autograd records the call: as it is, under `torch.no_grad()`, or `torch.inference_mode()`.",
    )
    action = st.segmented_control(
        "Forward hook",
        ("none", "observe", "double"),
        default="none",
        required=True,
        key="hook",
        bind="query-params",
        on_change=_hook_changed,
        disabled=not module,
        help="`observe` looks and returns nothing; `double` returns twice the output." if module else NO_MODULE,
    )
    hooked = module and action != "none"
    at = st.selectbox(
        "Hook on",
        (OUTERMOST, *(path for path in submodule_paths(chosen.key) if path)),
        key="at",
        bind="query-params",
        disabled=not hooked,
        help="The module that the hook is registered on." if hooked else "Choose a forward hook first.",
    )
    if not hooked:
        return ()
    return (Hook(at="" if at == OUTERMOST else str(at), action="double" if action == "double" else "observe"),)


def _numbers(chosen: Entry) -> tuple[int, int | None, int | None, float | None]:
    """Seed, batch, size, p; None where the entry has no such setting."""
    left, right = st.columns(2)
    with left:
        batch = _whole("Batch size", "batch", chosen.batch, chosen, "Rows, images or sequences at once.")
        seed = st.number_input(
            "Seed",
            0,
            LARGEST_SEED,
            DEFAULT.seed,
            key="seed",
            bind="query-params",
            help="Decides weights, input and dropout. Equal seeds give equal runs.",
        )
    with right:
        size = _whole(chosen.size_name, "size", chosen.size, chosen, "Pixels a side, or steps of a sequence.")
        p = st.number_input(
            "Dropout p",
            chosen.p.low if chosen.p else 0.0,
            chosen.p.high if chosen.p else 1.0,
            chosen.p.default if chosen.p else None,
            step=0.05,
            format="%.2f",
            key="p",
            bind="query-params",
            disabled=chosen.p is None,
            placeholder="none",
            help="How probably each unit is set to zero." if chosen.p else f"{chosen.title} has no dropout.",
        )
    return int(seed or 0), batch, size, None if p is None or chosen.p is None else float(p)


def _whole(label: str, key: str, allowed: Range | None, chosen: Entry, help_: str) -> int | None:
    number = st.number_input(
        label,
        int(allowed.low) if allowed else 0,
        int(allowed.high) if allowed else 1,
        int(allowed.default) if allowed else None,
        step=1,
        key=key,
        bind="query-params",
        disabled=allowed is None,
        placeholder="none",
        help=f"{help_} {allowed.low:g} to {allowed.high:g}." if allowed else f"{chosen.title} has none.",
    )
    return None if number is None or allowed is None else int(number)


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
        )
    except ExperimentError as error:
        notices.say((str(error),))
        return Experiment(model=chosen.key)


def _model_changed() -> None:
    """Carry over what fits the new model; the rest goes back to its default, and a notice says so."""
    experiment, dropped = links.on_another_model(st.session_state[LAST], st.session_state["model"])
    notices.replace(dropped)
    hook = experiment.hooks[0] if experiment.hooks else None
    st.session_state.update(
        mode="train" if experiment.training else "eval",
        hook=hook.action if hook else "none",
        at=(hook.at if hook else "") or OUTERMOST,
        seed=experiment.seed,
        batch=experiment.batch,
        size=experiment.size,
        p=experiment.p,
    )


def _hook_changed() -> None:
    """Without a hook there is no place for one, and the URL should not name it."""
    if st.session_state["hook"] == "none":
        st.session_state["at"] = OUTERMOST
