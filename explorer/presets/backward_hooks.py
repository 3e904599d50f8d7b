"""Backward hooks: what the call itself does for them, long before anything goes backward."""

from __future__ import annotations

from explorer.catalog.hooks.hook import Hook
from explorer.experiment import Experiment
from explorer.presets.preset import Preset

FULL = (
    Preset(
        "Full backward hook",
        "A full backward hook on the outermost module; `backward()` follows the call.",
        Experiment(model="simple", hooks=(Hook(kind="full_backward"),), backward=True),
    ),
    Preset(
        "Full backward pre-hook",
        "A full backward pre-hook on the outermost module; `backward()` follows the call.",
        Experiment(model="simple", hooks=(Hook(kind="full_backward_pre"),), backward=True),
    ),
    Preset(
        "Global full backward hook",
        "A full backward hook for every module of the process; `backward()` follows the call.",
        Experiment(model="feedforward", hooks=(Hook(kind="full_backward", is_global=True),), backward=True),
    ),
    Preset(
        "Global full backward pre-hook",
        "A full backward pre-hook for every module of the process; `backward()` follows the call.",
        Experiment(model="feedforward", hooks=(Hook(kind="full_backward_pre", is_global=True),), backward=True),
    ),
    Preset(
        "Full backward hook on a tuple",
        "A full backward hook on a model that returns two tensors.",
        Experiment(model="tuple-output", hooks=(Hook(kind="full_backward"),), backward=True),
    ),
    Preset(
        "Full backward hook on a dict",
        "A full backward hook on a model that returns a dictionary.",
        Experiment(model="dict-output", hooks=(Hook(kind="full_backward"),)),
    ),
    Preset(
        "Full backward hook on no tensor",
        "A forward hook returns 0 from a module that has a full backward hook too.",
        Experiment(model="simple", hooks=(Hook(action="zero"), Hook(kind="full_backward"))),
    ),
    Preset(
        "Full backward hook under no_grad",
        "A full backward hook on a call that autograd does not record.",
        Experiment(model="simple", hooks=(Hook(kind="full_backward"),), grad="no_grad"),
    ),
)

LEGACY = (
    Preset(
        "Legacy backward hook",
        "A hook of `register_backward_hook`, the older kind; `backward()` follows the call.",
        Experiment(model="simple", hooks=(Hook(kind="backward"),), backward=True),
    ),
    Preset(
        "Legacy hook on a dict",
        "A legacy backward hook on a model that returns a dictionary.",
        Experiment(model="dict-output", hooks=(Hook(kind="backward"),)),
    ),
    Preset(
        "Legacy hook on a tuple",
        "A legacy backward hook on a model that returns two tensors.",
        Experiment(model="tuple-output", hooks=(Hook(kind="backward"),), backward=True),
    ),
    Preset(
        "Legacy hook on nested tuples",
        "A legacy backward hook on an LSTM, which returns a tuple with a tuple inside.",
        Experiment(model="recurrent", hooks=(Hook("lstm", kind="backward"),), backward=True),
    ),
    Preset(
        "Legacy hook under no_grad",
        "A legacy backward hook on a call that autograd does not record.",
        Experiment(model="simple", hooks=(Hook(kind="backward"),), grad="no_grad"),
    ),
    Preset(
        "Global legacy hook",
        "A legacy backward hook for every module of the process; `backward()` follows the call.",
        Experiment(model="feedforward", hooks=(Hook(kind="backward", is_global=True),), backward=True),
    ),
)
