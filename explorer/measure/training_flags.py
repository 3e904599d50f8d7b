"""Read the flag `training` of a model and of every module in it, before the first of some calls and after each."""

from __future__ import annotations

from dataclasses import dataclass

from torch import nn

from explorer.experiment import Experiment
from explorer.measure.dropout.calls import prepare_eager
from explorer.runtime.isolation import grad_mode, isolated


@dataclass(frozen=True, slots=True)
class TrainingFlags:
    """The flags, the outermost module's first."""

    before: tuple[bool, ...]
    after: tuple[tuple[bool, ...], ...]  # of each call

    @property
    def stayed(self) -> bool:
        """Whether no call changed any of them."""
        return all(flags == self.before for flags in self.after)


def training_flags(experiment: Experiment, calls: int) -> TrainingFlags:
    """Call the experiment's model so many times. The process's torch state is restored.

    Raises TypeError where the entry is no module, and what the call raises.
    """
    with isolated(seed=experiment.seed):
        prepared = prepare_eager(experiment)
        model = prepared.model
        if not isinstance(model, nn.Module):
            raise TypeError(f"{experiment.model} is not a module and has no mode")
        before, after = _flags(model), []
        for _ in range(calls):
            with grad_mode(experiment.grad):
                prepared.function(*prepared.args)
            after.append(_flags(model))
    return TrainingFlags(before, tuple(after))


def _flags(model: nn.Module) -> tuple[bool, ...]:
    return tuple(module.training for module in model.modules())
