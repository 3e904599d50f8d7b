"""The controls beside the list of hooks: how the model is called, and the numbers of the run."""

from __future__ import annotations

from typing import get_args

import streamlit as st

from explorer.catalog import Entry, Range
from explorer.experiment import Experiment
from explorer.experiment.checks import SEEDS
from explorer.runtime.call_modes import EntryMode, GradMode
from explorer.ui.shell.unused_settings import UnusedSettings

NO_MODULE = "Here only for an `nn.Module`."


def how(chosen: Entry, idle: UnusedSettings) -> None:
    """How it is called. The session's state holds what is chosen, by the names of the URL's parameters."""
    module = chosen.kind == "module"
    st.radio(
        "Called as",
        ("call", "forward"),
        captions=("`model(x)`", "`model.forward(x)`"),
        horizontal=True,
        key="call",
        bind="query-params",
        disabled="call" in idle,
        help="`model(x)` goes through `__call__`; `model.forward(x)` goes around it. `torch.jit.trace` takes a method "
        "named `forward` for its module, and goes through `__call__` all the same.",
    )
    st.segmented_control(
        "Way in",
        get_args(EntryMode),
        default="eager",
        required=True,
        key="via",
        bind="query-params",
        disabled=not module or "via" in idle,
        help='The model as it is, after `model.compile(backend="eager")`, or inside `torch.jit.trace`.'
        if module
        else NO_MODULE,
    )
    left, right = st.columns([2, 3])
    with left:
        st.segmented_control(
            "Mode",
            ("train", "eval"),
            default="train",
            required=True,
            key="mode",
            bind="query-params",
            disabled=not module or "mode" in idle,
            help="`model.train()` or `model.eval()`, said before the call." if module else NO_MODULE,
        )
    with right:
        st.checkbox(
            "Inputs by name",
            key="keyword",
            bind="query-params",
            disabled=not module or "keyword" in idle,
            help="`model(x=x)`: a forward hook or pre-hook of the model sees this input only with `with_kwargs=True`."
            if module
            else NO_MODULE,
        )
        st.checkbox(
            "Then backward()",
            key="backward",
            bind="query-params",
            disabled=not module or "backward" in idle,
            help="`loss.backward()` after the call; the loss is the sum of the output." if module else NO_MODULE,
        )
    st.segmented_control(
        "Grad mode",
        get_args(GradMode),
        default="enabled",
        required=True,
        key="grad",
        bind="query-params",
        disabled="grad" in idle,
        help="Whether autograd records the call: as it is, under `torch.no_grad()`, or `torch.inference_mode()`.",
    )


def numbers(chosen: Entry, idle: UnusedSettings) -> tuple[int, int | None, int | None, float | None]:
    """Seed, batch, size, p; None where the entry has no such setting."""
    left, right = st.columns(2)
    with left:
        batch = _whole("Batch size", "batch", chosen.batch, chosen, idle, "Rows, images or sequences at once.")
        seed = st.number_input(
            "Seed",
            0,
            int(SEEDS.high),
            Experiment.seed,
            key="seed",
            bind="query-params",
            disabled="seed" in idle,
            help="Decides weights, input and dropout. With all else equal, equal seeds give equal runs.",
        )
    with right:
        size = _whole(chosen.size_name, "size", chosen.size, chosen, idle, "Pixels a side, or steps of a sequence.")
        p = st.number_input(
            "Dropout p",
            chosen.p.low if chosen.p else 0.0,
            chosen.p.high if chosen.p else 1.0,
            chosen.p.default if chosen.p else None,
            step=0.05,
            format="%.2f",
            key="p",
            bind="query-params",
            disabled=chosen.p is None or "p" in idle,
            placeholder="none",
            help="How probably each unit is set to zero in train mode."
            if chosen.p
            else f"{chosen.title} has no dropout p to set.",
        )
    return int(seed or 0), batch, size, None if p is None or chosen.p is None else float(p)


def _whole(label: str, key: str, allowed: Range | None, chosen: Entry, idle: UnusedSettings, help_: str) -> int | None:
    number = st.number_input(
        label,
        int(allowed.low) if allowed else 0,
        int(allowed.high) if allowed else 1,
        int(allowed.default) if allowed else None,
        step=1,
        key=key,
        bind="query-params",
        disabled=allowed is None or key in idle,
        placeholder="none",
        help=f"{help_} {allowed.low:g} to {allowed.high:g}." if allowed else f"{chosen.title} has none.",
    )
    return None if number is None or allowed is None else int(number)
