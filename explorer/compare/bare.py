"""An experiment made ready to be called, with nothing around the call but its grad mode."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from explorer.experiment import Experiment
from explorer.fresh_run import prepare

Call = Callable[[], Any]


def bare_call(experiment: Experiment) -> Call:
    """What makes the call once. Wants `torch_state.isolated` around this and around the calls."""
    model, inputs = prepare(experiment)
    if experiment.call == "call":
        return lambda: model(*inputs)
    return lambda: model.forward(*inputs)
