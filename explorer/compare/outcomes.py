"""What came of two runs: outputs compared bit for bit, and what autograd recorded of each.

A record sums an output up. To say that two outputs are equal, both runs are made once more, bare, and the outputs
themselves are compared.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from explorer.experiment import Experiment
from explorer.fresh_run import prepare
from explorer.graph.autograd import walk
from explorer.torch_state import grad_mode, isolated


@dataclass(frozen=True, slots=True)
class Outcomes:
    """The two outputs beside each other. No tensor is kept."""

    equal: bool | None  # the same bits in the same shapes and types; None where a side raised
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
        tensors = [leaf for leaf in _leaves(self.value) if isinstance(leaf, Tensor)]
        return Counter(type(function).__name__ for function in walk(tensors))


def measure_outcomes(left: Experiment, right: Experiment) -> Outcomes:
    """Run both, as `observe` does but without a trace, and compare what they return.

    The process's torch state is found and left as it was. Nothing that a call raises is raised here.
    """
    one, other = _run(left), _run(right)
    ours, theirs = one.functions(), other.functions()
    returned = one.error is None and other.error is None
    with torch.no_grad():
        alike = _all(_alike, one.value, other.value) if returned else None
        equal = _all(_same, one.value, other.value) if returned else None
        largest = _largest(one.value, other.value) if returned else None
    return Outcomes(equal, alike, largest, dict(ours - theirs), dict(theirs - ours), ours.total(), theirs.total())


def _run(experiment: Experiment) -> _Ended:
    with isolated(seed=experiment.seed):
        prepared = prepare(experiment)
        with grad_mode(experiment.grad), prepared.ready():
            try:
                return _Ended(prepared.function(*prepared.args), None)
            except Exception as error:
                return _Ended(None, error)


def _leaves(value: Any) -> Iterator[Any]:
    """What a value holds that is no container, in order."""
    if isinstance(value, Mapping):
        value = tuple(value.values())
    if isinstance(value, tuple | list):
        for item in value:
            yield from _leaves(item)
    else:
        yield value


def _all(holds: Callable[[Any, Any], bool], left: Any, right: Any) -> bool:
    """Whether two values hold equally many things, and this of each pair."""
    ours, theirs = list(_leaves(left)), list(_leaves(right))
    return type(left) is type(right) and len(ours) == len(theirs) and all(map(holds, ours, theirs))


def _alike(one: Any, other: Any) -> bool:
    if isinstance(one, Tensor) and isinstance(other, Tensor):
        return one.dtype == other.dtype and one.shape == other.shape
    return type(one) is type(other)


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, Tensor) and isinstance(other, Tensor):
        return _alike(one, other) and torch.equal(_bits(one), _bits(other))
    return type(one) is type(other) and bool(one == other)


def _bits(tensor: Tensor) -> Tensor:
    """[bytes]: so that "not a number" equals itself."""
    return tensor.detach().reshape(-1).contiguous().view(torch.uint8)


def _largest(left: Any, right: Any) -> float | None:
    """Over all numbers of the two outputs, where they have the same shapes."""
    ours, theirs = ([_numbers(leaf) for leaf in _leaves(value)] for value in (left, right))
    pairs = [
        (one, other)
        for one, other in zip(ours, theirs, strict=False)
        if one is not None and other is not None and one.shape == other.shape and one.numel()
    ]
    if not pairs or len(pairs) != len(ours) or len(pairs) != len(theirs):
        return None
    found = max((one - other).abs().max().item() for one, other in pairs)
    return found if found == found and found != float("inf") else None  # not of nan and inf


def _numbers(value: Any) -> Tensor | None:
    if isinstance(value, int | float):
        return torch.tensor(value, dtype=torch.float64)
    if isinstance(value, Tensor) and not value.is_complex():
        return value.detach().to(torch.float64)
    return None
