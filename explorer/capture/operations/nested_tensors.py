"""The tensors in nested tuples, lists and dicts."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from torch import Tensor, nn

PLAIN = frozenset({int, float, bool, str, type(None)})  # types that hold no tensor


def tensors_in(value: Any) -> list[Tensor]:
    """Return the tensors in nested tuples, lists and dicts, in order."""
    if type(value) is Tensor:  # what most operations return
        return [value]
    found: list[Tensor] = []
    _gather((value,), found)
    return found


def _gather(values: Iterable[Any], found: list[Tensor]) -> None:
    for value in values:
        kind = type(value)
        if kind is Tensor or kind is nn.Parameter:
            found.append(value)
        elif kind in PLAIN:
            continue
        elif isinstance(value, (tuple, list)):  # a union would be built anew each time
            _gather(value, found)
        elif isinstance(value, dict):
            _gather(value.values(), found)
        elif isinstance(value, Tensor):
            found.append(value)
