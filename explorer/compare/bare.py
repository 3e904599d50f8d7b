"""An experiment's call with nothing around it: what is timed, and what the tests take for the truth."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from explorer.experiment import Experiment
from explorer.fresh_run import prepare

Call = Callable[[], Any]


def bare_call(experiment: Experiment) -> Call:
    """What makes the call once, for `via="eager"`. Wants `torch_state.isolated` around this and around the calls."""
    prepared = prepare(experiment)
    return lambda: prepared.function(*prepared.args)
