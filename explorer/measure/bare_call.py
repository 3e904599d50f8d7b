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
    """Return the call of an experiment whose entry mode is "eager". Call it and make the calls inside `isolated()`."""
    prepared = prepare(experiment)
    return Bare(prepared.function, prepared.args)
