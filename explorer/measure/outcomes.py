"""Compare two runs: their outputs bit for bit, and what autograd recorded of each.

A record has a summary of the output only. So both runs are made once more, without a trace, and the outputs themselves
are compared.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from explorer.experiment import Experiment
from explorer.experiment.prepare import prepare
from explorer.measure.autograd import walk
from explorer.measure.returned_values import largest_difference, leaf_values, same_bits, same_structure
from explorer.measure.shared_rows import SharedRows, shared_rows
from explorer.runtime.isolation import grad_mode, isolated


@dataclass(frozen=True, slots=True)
class Outcomes:
    """What two runs have in common, and where they differ. No tensor is kept."""

    equal: bool | None  # whether the outputs have the same bits; None where a run raised, or a part cannot be compared
    same_structure: bool | None  # whether types, dtypes and shapes are the same; None where a run raised
    largest_difference: float | None  # of two elements; None where there are no two numbers to subtract
    only_left: Mapping[str, int]  # backward functions that only this run recorded, counted, by class name
    only_right: Mapping[str, int]
    left_functions: int  # backward functions, all of them
    right_functions: int
    rows: SharedRows | None = None  # where the two batch sizes differ; None where no rows can be compared


@dataclass(frozen=True)
class _Result:
    """What one call returned or raised."""

    value: Any
    error: Exception | None
    batch: int | None  # rows of the first input; None where that is no tensor with rows

    def functions(self) -> Counter[str]:
        """Count the backward functions behind the output, by class name."""
        tensors = [leaf for leaf in leaf_values(self.value) if isinstance(leaf, Tensor)]
        return Counter(type(function).__name__ for function in walk(tensors))


def measure_outcomes(left: Experiment, right: Experiment) -> Outcomes:
    """Run both as `observe` does, without a trace, and compare what they return.

    The process's torch state is restored. Nothing that a call raises is raised here.
    """
    one, other = _run(left), _run(right)
    ours, theirs = one.functions(), other.functions()
    returned = one.error is None and other.error is None
    with torch.no_grad():
        structure = same_structure(one.value, other.value) if returned else None
        bits = same_bits(one.value, other.value) if returned else None
        difference = largest_difference(one.value, other.value) if returned else None
    only_left, only_right = dict(ours - theirs), dict(theirs - ours)
    rows = None
    if returned and one.batch is not None and other.batch is not None and one.batch != other.batch:
        rows = shared_rows(one.value, one.batch, other.value, other.batch)
    return Outcomes(bits, structure, difference, only_left, only_right, ours.total(), theirs.total(), rows)


def _run(experiment: Experiment) -> _Result:
    with isolated(seed=experiment.seed):
        prepared = prepare(experiment)
        given = next(iter((*prepared.args, *prepared.kwargs.values())), None)
        batch = len(given) if isinstance(given, Tensor) and given.dim() else None
        with grad_mode(experiment.grad), prepared.in_entry_mode():
            try:
                return _Result(prepared.function(*prepared.args), None, batch)
            except Exception as error:
                return _Result(None, error, batch)
