"""Compare two values that models returned, part by part: tensors and arrays by bits, containers by their items."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Hashable, Iterator, Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor

PartPath = tuple[Hashable, ...]  # the keys, field names and indices that lead to a part
UNSET = object()  # stands for a dataclass field that was never set


def leaf_values(value: Any) -> Iterator[Any]:
    """Return what a value contains that is itself no container, in order."""
    return (leaf for path, leaf in _parts_with_paths(value) if not isinstance(leaf, type) or path[-1:] != (type,))


def same_bits(one: Any, other: Any) -> bool | None:
    """Return whether two values have the same parts with the same bits; None where a part cannot be compared."""
    answers = _compare_parts(_same_part, one, other)
    return False if False in answers else None if None in answers else True


def same_structure(one: Any, other: Any) -> bool:
    """Return whether two values have the same parts with the same types, dtypes and shapes, whatever the elements."""
    return False not in _compare_parts(_same_type_and_shape, one, other)


def largest_difference(one: Any, other: Any) -> float | None:
    """Return the largest difference of two elements; None unless both contain only numbers, in the same shapes."""
    ours, theirs = ([_as_numbers(leaf) for leaf in leaf_values(value)] for value in (one, other))
    pairs = [
        (left, right)
        for left, right in zip(ours, theirs, strict=False)
        if left is not None and right is not None and left.shape == right.shape and left.numel()
    ]
    if not pairs or len(pairs) != len(ours) or len(pairs) != len(theirs):
        return None
    difference = max((left - right).abs().max().item() for left, right in pairs)
    return difference if math.isfinite(difference) else None


def _parts_with_paths(
    value: Any, path: PartPath = (), containers: tuple[int, ...] = ()
) -> Iterator[tuple[PartPath, Any]]:
    """Yield the type of each container, and each value that is no container, with its path.

    containers: the ids of those that contain `value`, so that one that contains itself is entered once.
    """
    inner: list[tuple[Hashable, Any]]
    if isinstance(value, Mapping):
        inner = list(value.items())
    elif isinstance(value, tuple | list):
        inner = list(enumerate(value))
    elif dataclasses.is_dataclass(value) and not isinstance(value, type):
        inner = [(field.name, getattr(value, field.name, UNSET)) for field in dataclasses.fields(value)]
    elif isinstance(value, np.ndarray) and value.dtype.hasobject:
        inner = [("shape", value.shape), *enumerate(value.ravel().tolist())]
    else:
        yield path, value
        return
    yield (*path, type), type(value)
    if id(value) in containers:
        return
    for key, part in inner:
        yield from _parts_with_paths(part, (*path, key), (*containers, id(value)))


def _compare_parts(compare: Callable[[Any, Any], bool | None], one: Any, other: Any) -> list[bool | None]:
    """Return the answer for each pair of parts; [False] where the two values do not have the same parts."""
    ours, theirs = dict(_parts_with_paths(one)), dict(_parts_with_paths(other))
    return [compare(part, theirs[path]) for path, part in ours.items()] if ours.keys() == theirs.keys() else [False]


def _same_type_and_shape(one: Any, other: Any) -> bool:
    if isinstance(one, type):
        return one is other
    if isinstance(one, Tensor | np.ndarray) and type(one) is type(other):
        return bool(one.dtype == other.dtype) and one.shape == other.shape
    return type(one) is type(other)


def _same_part(one: Any, other: Any) -> bool | None:
    """Return whether two parts have the same bits; None where their class does not say what equal is."""
    if not _same_type_and_shape(one, other):
        return False
    try:
        if isinstance(one, Tensor):
            return torch.equal(_bits(one), _bits(other))
        if isinstance(one, np.ndarray | np.generic):
            return bool(one.tobytes() == other.tobytes())
        if isinstance(one, float | complex):
            return repr(one) == repr(other)  # "not a number" is itself, and the two zeros are two
        if "__eq__" not in {name for kind in type(one).__mro__[:-1] for name in vars(kind)}:
            return True if one is other else None
        return bool(one == other)
    except Exception:  # of the class's own `__eq__`, or a tensor without plain storage
        return None


def _bits(tensor: Tensor) -> Tensor:
    """Return the tensor's bytes, uint8 [bytes]; compared by these, "not a number" equals itself."""
    plain = tensor.detach()
    plain = plain.to_dense() if plain.layout is not torch.strided else plain
    return plain.resolve_conj().resolve_neg().reshape(-1).contiguous().view(torch.uint8)


def _as_numbers(value: Any) -> Tensor | None:
    """Return the value as float64; None where it is no real number, tensor or array of real numbers."""
    if isinstance(value, int | float):
        return torch.tensor(value, dtype=torch.float64)
    if isinstance(value, np.ndarray) and value.dtype.kind in "biuf":
        return torch.from_numpy(value.astype(np.float64))
    if isinstance(value, Tensor) and not value.is_complex():
        return value.detach().to(torch.float64)
    return None
