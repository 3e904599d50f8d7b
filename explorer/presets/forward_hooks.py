"""No hook, forward hooks and forward pre-hooks."""

from __future__ import annotations

from explorer.catalog.hooks.hook import Hook
from explorer.experiment import Experiment
from explorer.presets.preset import Preset

WITHOUT = (
    Preset("No hook", "One linear layer inside a model, called without any hook.", Experiment(model="simple")),
    Preset(
        "Modules inside modules",
        "A CNN without any hook: each of its layers is called in the same way as itself.",
        Experiment(model="cnn"),
    ),
    Preset(
        "Past `__call__`",
        "`model.forward(x)` on a model whose layers are called as usual.",
        Experiment(model="simple", call="forward"),
    ),
    Preset(
        "Patched `forward`",
        "A model whose `forward` was replaced on the object.",
        Experiment(model="patched-forward"),
    ),
)

FORWARD = (
    Preset(
        "Forward hook",
        "A forward hook on the outermost module looks at the output and returns None.",
        Experiment(model="simple", hooks=(Hook(),)),
    ),
    Preset(
        "Forward hook on a child",
        "A forward hook on one layer of a CNN, and none on the others.",
        Experiment(model="cnn", hooks=(Hook("conv1"),)),
    ),
    Preset(
        "Hook returns a value",
        "A forward hook returns twice the output that it was given.",
        Experiment(model="simple", hooks=(Hook(action="double"),)),
    ),
    Preset(
        "Hook returns 0",
        "A forward hook returns 0, which counts as false in a condition but is not None.",
        Experiment(model="simple", hooks=(Hook(action="zero"),)),
    ),
    Preset(
        "Hook rebinds its argument",
        "A forward hook assigns to its own `output` and returns None.",
        Experiment(model="simple", hooks=(Hook(action="rebind"),)),
    ),
    Preset(
        "Hook that sees keywords",
        "The input is passed by name, to a forward hook registered with `with_kwargs=True`.",
        Experiment(model="simple", hooks=(Hook(with_kwargs=True),), keyword=True),
    ),
    Preset(
        "Always-called hook, no exception",
        "A forward hook registered with `always_call=True`, on a call that returns.",
        Experiment(model="simple", hooks=(Hook(always_call=True),)),
    ),
    Preset(
        "Two hooks, the second first",
        "Two forward hooks; the second is registered with `prepend=True`.",
        Experiment(model="simple", hooks=(Hook(), Hook(action="double", prepend=True))),
    ),
    Preset(
        "Global forward hook",
        "A forward hook for every module of the process, on a CNN of several layers.",
        Experiment(model="cnn", hooks=(Hook(is_global=True),)),
    ),
    Preset(
        "Global hook with keywords",
        "A global forward hook registered with `with_kwargs=True`.",
        Experiment(model="simple", hooks=(Hook(is_global=True, with_kwargs=True),)),
    ),
)

FORWARD_PRE = (
    Preset(
        "Forward pre-hook",
        "A forward pre-hook looks at the arguments and returns None.",
        Experiment(model="simple", hooks=(Hook(kind="forward_pre"),)),
    ),
    Preset(
        "Pre-hook returns a tuple",
        "A forward pre-hook returns a tuple of other arguments.",
        Experiment(model="simple", hooks=(Hook(kind="forward_pre", action="double"),)),
    ),
    Preset(
        "Pre-hook returns a bare value",
        "A forward pre-hook returns 0, which is no tuple.",
        Experiment(model="simple", hooks=(Hook(kind="forward_pre", action="zero"),)),
    ),
    Preset(
        "Pre-hook that sees keywords",
        "The input is passed by name; a pre-hook with `with_kwargs=True` returns other args and kwargs.",
        Experiment(model="simple", hooks=(Hook(kind="forward_pre", action="double", with_kwargs=True),), keyword=True),
    ),
    Preset(
        "Pre-hook returns the wrong form",
        "A pre-hook with `with_kwargs=True` returns 0 instead of a pair (args, kwargs).",
        Experiment(model="simple", hooks=(Hook(kind="forward_pre", action="zero", with_kwargs=True),)),
    ),
    Preset(
        "Global pre-hook",
        "A forward pre-hook for every module of the process.",
        Experiment(model="cnn", hooks=(Hook(kind="forward_pre", is_global=True),)),
    ),
)
