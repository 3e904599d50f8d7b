"""What every run of an experiment begins with: a fresh model in its mode, its hooks registered, and its inputs."""

from __future__ import annotations

from typing import Any

from torch import nn

from explorer.catalog import build, example_inputs
from explorer.catalog.hooks import register
from explorer.experiment import Experiment


def prepare(experiment: Experiment) -> tuple[Any, tuple[Any, ...]]:
    """The object to call and the positional arguments. Wants `torch_state.isolated` around: it draws weights."""
    model = build(experiment.model, seed=experiment.seed, p=experiment.p)
    inputs = example_inputs(experiment.model, seed=experiment.seed, batch=experiment.batch, size=experiment.size)
    if isinstance(model, nn.Module):
        model.train(experiment.training)
        register(model, experiment.hooks)
    return model, inputs
