"""What came of two runs: outputs compared bit for bit, and what autograd recorded of each.

A record sums an output up. To say that two outputs are equal, both runs are made once more, bare, and the outputs
themselves are compared.
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
from explorer.measure.returned_values import alike, equal, largest, leaves
from explorer.runtime.isolation import grad_mode, isolated


@dataclass(frozen=True, slots=True)
class Outcomes:
    """The two outputs beside each other. No tensor is kept."""

    equal: bool | None  # the same bits in the same places; None where a side raised, or it cannot be told
    alike: bool | None  # the same types, dtypes and shapes, whatever the elements; None where a side raised
    largest: float | None  # largest difference of two elements; None where there are no two numbers to subtract
    only_left: Mapping[str, int]  # backward functions that only this side recorded, counted, by class name
    only_right: Mapping[str, int]
    left_functions: int  # backward functions, all of them
    right_functions: int


@dataclass(frozen=True)
class _Ended:
    """One run's output while it is being looked at."""

    value: Any
    error: Exception | None

    def functions(self) -> Counter[str]:
        tensors = [leaf for leaf in leaves(self.value) if isinstance(leaf, Tensor)]
        return Counter(type(function).__name__ for function in walk(tensors))


def measure_outcomes(left: Experiment, right: Experiment) -> Outcomes:
    """Run both, as `observe` does but without a trace, and compare what they return.

    The process's torch state is found and left as it was. Nothing that a call raises is raised here.
    """
    one, other = _run(left), _run(right)
    ours, theirs = one.functions(), other.functions()
    returned = one.error is None and other.error is None
    with torch.no_grad():
        like = alike(one.value, other.value) if returned else None
        same = equal(one.value, other.value) if returned else None
        most = largest(one.value, other.value) if returned else None
    return Outcomes(same, like, most, dict(ours - theirs), dict(theirs - ours), ours.total(), theirs.total())


def _run(experiment: Experiment) -> _Ended:
    with isolated(seed=experiment.seed):
        prepared = prepare(experiment)
        with grad_mode(experiment.grad), prepared.in_entry_mode():
            try:
                return _Ended(prepared.function(*prepared.args), None)
            except Exception as error:
                return _Ended(None, error)
