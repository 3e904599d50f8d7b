"""An experiment's call with nothing around it: what is timed, and what the tests take for the truth."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from explorer.experiment import Experiment
from explorer.experiment.prepare import prepare


class Bare(NamedTuple):
    """What is called, looked up already, and with what; `function(*args)` is the call itself, and no more."""

    function: Callable[..., Any]
    args: tuple[Any, ...]

    def __call__(self) -> Any:
        return self.function(*self.args)


def bare_call(experiment: Experiment) -> Bare:
    """The call of an experiment, for `via="eager"`. Wants `torch_state.isolated` around this and around the calls."""
    prepared = prepare(experiment)
    return Bare(prepared.function, prepared.args)
