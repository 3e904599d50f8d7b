"""Tell which kind of hook a frame is, where the experiment registered it."""

from __future__ import annotations

from explorer.catalog.hooks import hook_number
from explorer.catalog.hooks.hook import HookKind
from explorer.record import Frame, Observation


def kind_of_hook(observation: Observation, frame: Frame) -> HookKind | None:
    """Return the kind of the hook that a frame is of.

    None where it is no hook of the experiment: a caller's module may bring its own.
    """
    number, experiment = hook_number(frame.function), observation.experiment
    if number is None or experiment is None or not 0 < number <= len(experiment.hooks):
        return None
    return experiment.hooks[number - 1].kind
