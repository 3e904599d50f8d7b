"""Follow the running statistics of batch norm over repeated calls: outputs may be equal while these change."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm

from explorer.experiment import Experiment
from explorer.measure.dropout.calls import RepeatedCalls, StudyError
from explorer.measure.dropout.study import check_calls

MOST_STATISTICS_CALLS = 1000


@dataclass(frozen=True, eq=False)
class LayerStatistics:
    """The buffers of one batch norm module. Row 0 is before the first call, row k after call k."""

    module: str  # dotted path
    running_mean: NDArray[np.float32]  # [calls + 1, channels]
    running_var: NDArray[np.float32]  # [calls + 1, channels]
    num_batches_tracked: NDArray[np.int64]  # [calls + 1]

    @property
    def changed(self) -> bool:
        """Whether any call changed any of the three."""
        return bool(
            (self.running_mean != self.running_mean[0]).any()
            or (self.running_var != self.running_var[0]).any()
            or (self.num_batches_tracked != self.num_batches_tracked[0]).any()
        )


@dataclass(frozen=True, eq=False)
class RunningStatistics:
    """The running statistics of the model's batch norms over repeated calls, and whether its output stayed equal."""

    experiment: Experiment
    calls: int
    layers: tuple[LayerStatistics, ...]  # () where the model has no batch norm
    outputs_equal: bool  # whether every call returned what the first returned

    @property
    def changed(self) -> bool:
        """Whether any running statistic changed."""
        return any(layer.changed for layer in self.layers)


def study_running_statistics(experiment: Experiment, calls: int = 20) -> RunningStatistics:
    """Call again and again, and read the running statistics after each call.

    calls: 2 .. 1000. Raises StudyError where the entry cannot be called, or its call raises.
    """
    number = check_calls(calls)
    if number > MOST_STATISTICS_CALLS:
        raise StudyError(f"Running statistics are read after each of at most {MOST_STATISTICS_CALLS:,} calls.")
    repeated = RepeatedCalls(experiment)
    modules = repeated.model.named_modules() if isinstance(repeated.model, nn.Module) else ()
    tracked = {
        path: module for path, module in modules if isinstance(module, _BatchNorm) and module.running_mean is not None
    }
    readings = [[_read(module) for module in tracked.values()]]
    first, equal = None, True
    for _ in range(number):
        output = repeated.advance(1)[0]
        first = output if first is None else first
        equal = equal and np.array_equal(output, first)
        readings.append([_read(module) for module in tracked.values()])
    layers = tuple(
        LayerStatistics(
            module=path,
            running_mean=np.stack([reading[index][0] for reading in readings]),
            running_var=np.stack([reading[index][1] for reading in readings]),
            num_batches_tracked=np.stack([reading[index][2] for reading in readings]),
        )
        for index, path in enumerate(tracked)
    )
    return RunningStatistics(repeated.experiment, number, layers, equal)


def _read(module: _BatchNorm) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.int64]]:
    """Return copies of its running mean, running variance and count of batches."""
    mean, variance, count = module.running_mean, module.running_var, module.num_batches_tracked
    assert mean is not None
    assert variance is not None
    assert count is not None
    return mean.numpy().copy(), variance.numpy().copy(), count.numpy().copy()
