"""Compare the rows that two outputs both have, where the batch sizes of two runs differ."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from explorer.measure.returned_values import largest_difference, leaf_values, same_bits

ROUNDING = 64  # units in the last place of the largest number: what another order of adding up may come to


@dataclass(frozen=True, slots=True)
class SharedRows:
    """How the first rows of two outputs compare."""

    count: int  # rows that both have
    equal: bool  # bit for bit
    largest_difference: float | None  # of two elements; None where one is no number
    units: float | None  # the same in units in the last place of the largest element; None where that is none

    @property
    def up_to_rounding(self) -> bool:
        """Whether they differ by no more than rounding explains."""
        return not self.equal and self.units is not None and self.units <= ROUNDING


def shared_rows(one: Any, its_batch: int, other: Any, other_batch: int) -> SharedRows | None:
    """Compare the rows that both have, in each tensor whose first size is the batch size.

    Returns None where the two outputs do not have the same tensors apart from the batch size, or none has rows.
    """
    count = min(its_batch, other_batch)
    ours, theirs = _rows(one, its_batch, count), _rows(other, other_batch, count)
    if not ours or ours is None or theirs is None or [each.shape for each in ours] != [each.shape for each in theirs]:
        return None
    equal = same_bits(ours, theirs)
    if equal is None:
        return None
    pairs = [pair for pair in zip(ours, theirs, strict=True) if pair[0].numel()]
    return SharedRows(count, equal, largest_difference(ours, theirs), _units(pairs))


def _rows(value: Any, batch: int, count: int) -> list[Tensor] | None:
    """Return the first rows of each tensor; None where something in the value has no rows."""
    leaves = list(leaf_values(value))
    if not all(isinstance(leaf, Tensor) and leaf.dim() and len(leaf) == batch for leaf in leaves):
        return None
    return [leaf.detach()[:count] for leaf in leaves]


def _units(pairs: list[tuple[Tensor, Tensor]]) -> float | None:
    """Return the largest difference in units in the last place of the largest element of its tensor."""
    found = [0.0]
    for left, right in pairs:
        if left.dtype != right.dtype or not left.is_floating_point():
            return None
        largest = max(left.abs().max().item(), right.abs().max().item())
        difference = (left.double() - right.double()).abs().max().item()
        if not math.isfinite(largest) or not math.isfinite(difference):
            return None
        if difference:
            # The spacing of numbers of this size: eps times the power of two below.
            found.append(difference / (torch.finfo(left.dtype).eps * 2.0 ** math.floor(math.log2(largest))))
    return max(found)
