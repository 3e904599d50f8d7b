"""Batch norm's side of the story: equal outputs, moving statistics."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm

from explorer.experiment import Experiment
from explorer.measure.dropout.calls import RepeatedCalls
from explorer.measure.dropout.errors import StudyError
from explorer.measure.dropout.study import check_calls

MOST_STATISTICS_CALLS = 1000


@dataclass(frozen=True, eq=False)
class LayerStatistics:
    """The buffers of one batch norm; row 0 is before the first call, row k after call k."""

    module: str  # dotted path
    running_mean: NDArray[np.float32]  # [calls + 1, channels]
    running_var: NDArray[np.float32]  # [calls + 1, channels]
    num_batches_tracked: NDArray[np.int64]  # [calls + 1]

    @property
    def moved(self) -> bool:
        """Whether any call changed anything."""
        return bool(
            (self.running_mean != self.running_mean[0]).any()
            or (self.running_var != self.running_var[0]).any()
            or (self.num_batches_tracked != self.num_batches_tracked[0]).any()
        )


@dataclass(frozen=True, eq=False)
class RunningStatistics:
    """What repeated calls did to the model's batch norms, and to its output."""

    experiment: Experiment
    calls: int
    layers: tuple[LayerStatistics, ...]  # () where the model has no batch norm
    outputs_equal: bool  # whether every call gave the first call's output

    @property
    def moved(self) -> bool:
        """Whether any running statistic changed."""
        return any(layer.moved for layer in self.layers)


def study_running_statistics(experiment: Experiment, calls: int = 20) -> RunningStatistics:
    """Call again and again, and read the running statistics after each call.

    calls: 2 .. 1000. Raises StudyError where the entry cannot be called, or its call raises.
    """
    number = check_calls(calls)
    if number > MOST_STATISTICS_CALLS:
        raise StudyError(f"Running statistics are read after each of at most {MOST_STATISTICS_CALLS:,} calls.")
    source = RepeatedCalls(experiment)
    modules = source.model.named_modules() if isinstance(source.model, nn.Module) else ()
    tracked = {
        path: module for path, module in modules if isinstance(module, _BatchNorm) and module.running_mean is not None
    }
    readings = [[_read(module) for module in tracked.values()]]
    first, equal = None, True
    for _ in range(number):
        output = source.advance(1)[0]
        first = output if first is None else first
        equal = equal and np.array_equal(output, first)
        readings.append([_read(module) for module in tracked.values()])
    layers = tuple(
        LayerStatistics(
            module=path,
            running_mean=np.stack([reading[place][0] for reading in readings]),
            running_var=np.stack([reading[place][1] for reading in readings]),
            num_batches_tracked=np.stack([reading[place][2] for reading in readings]),
        )
        for place, path in enumerate(tracked)
    )
    return RunningStatistics(source.experiment, number, layers, equal)


def _read(module: _BatchNorm) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.int64]]:
    mean, variance, count = module.running_mean, module.running_var, module.num_batches_tracked
    assert mean is not None
    assert variance is not None
    assert count is not None
    return mean.numpy().copy(), variance.numpy().copy(), count.numpy().copy()
