"""Entry modes other than a plain call: a compiled model, and a model that `torch.jit.trace` reads."""

from __future__ import annotations

from explorer.catalog.hooks.hook import Hook
from explorer.experiment import Experiment
from explorer.presets.preset import Preset

TRACED = (
    Preset(
        "Traced",
        "`torch.jit.trace` reads a model of several layers.",
        Experiment(model="feedforward", entry_mode="jit.trace"),
    ),
    Preset(
        "Traced, with a hook",
        "`torch.jit.trace` reads a model that has a forward hook.",
        Experiment(model="simple", hooks=(Hook(),), entry_mode="jit.trace"),
    ),
    Preset(
        "Traced, with a scripted child",
        "`torch.jit.trace` reads a model whose child `torch.jit.script` has made.",
        Experiment(model="scripted-child", entry_mode="jit.trace"),
    ),
)

COMPILED = (
    Preset(
        "Compiled",
        'A model is called after `model.compile(backend="eager")`.',
        Experiment(model="simple", entry_mode="compile"),
    ),
    Preset(
        "Compiled, with a hook",
        'A model with a forward hook is called after `model.compile(backend="eager")`.',
        Experiment(model="simple", hooks=(Hook(),), entry_mode="compile"),
    ),
)
