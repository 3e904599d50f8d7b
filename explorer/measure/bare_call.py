"""An experiment's call with nothing of ours around it: this is what is timed, and what tests compare a trace with."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from explorer.experiment import Experiment
from explorer.experiment.prepare import prepare


class BareCall(NamedTuple):
    """A function, looked up already, and its arguments: `function(*args)` is the call itself and nothing more."""

    function: Callable[..., Any]
    args: tuple[Any, ...]

    def __call__(self) -> Any:
        return self.function(*self.args)


def bare_call(experiment: Experiment) -> BareCall:
    """Prepare the call of an eager experiment. Call this, and then the call itself, inside `isolated()`."""
    prepared = prepare(experiment)
    return BareCall(prepared.function, prepared.args)
