"""Two values that models returned, compared part by part: tensors and arrays by their bits, in whatever holds them."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Hashable, Iterator, Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor

Place = tuple[Hashable, ...]  # the keys, fields and numbers that lead to a part
MISSING = object()  # a field that was never set


def leaves(value: Any) -> Iterator[Any]:
    """What a value holds that is no container, in order."""
    return (leaf for place, leaf in _parts(value) if not isinstance(leaf, type) or place[-1:] != (type,))


def equal(one: Any, other: Any) -> bool | None:
    """Whether two values hold the same bits in the same places; None where some of it cannot be compared."""
    found = _compared(_same, one, other)
    return False if False in found else None if None in found else True


def alike(one: Any, other: Any) -> bool:
    """Whether two values have the same types, dtypes and shapes in the same places."""
    return False not in _compared(_alike, one, other)


def largest(one: Any, other: Any) -> float | None:
    """The largest difference of two elements, where the two hold numbers only, of the same shapes; else None."""
    ours, theirs = ([_numbers(leaf) for leaf in leaves(value)] for value in (one, other))
    pairs = [
        (left, right)
        for left, right in zip(ours, theirs, strict=False)
        if left is not None and right is not None and left.shape == right.shape and left.numel()
    ]
    if not pairs or len(pairs) != len(ours) or len(pairs) != len(theirs):
        return None
    found = max((left - right).abs().max().item() for left, right in pairs)
    return found if found == found and found != float("inf") else None  # not of nan and inf


def _parts(value: Any, place: Place = (), around: tuple[int, ...] = ()) -> Iterator[tuple[Place, Any]]:
    """Each container's type, and each thing that is none, with its place."""
    inner: list[tuple[Hashable, Any]]
    if isinstance(value, Mapping):
        inner = list(value.items())
    elif isinstance(value, tuple | list):
        inner = list(enumerate(value))
    elif dataclasses.is_dataclass(value) and not isinstance(value, type):
        inner = [(field.name, getattr(value, field.name, MISSING)) for field in dataclasses.fields(value)]
    elif isinstance(value, np.ndarray) and value.dtype.hasobject:
        inner = [("shape", value.shape), *enumerate(value.ravel().tolist())]
    else:
        yield place, value
        return
    yield (*place, type), type(value)
    if id(value) in around:  # it holds itself
        return
    for key, held in inner:
        yield from _parts(held, (*place, key), (*around, id(value)))


def _compared(how: Callable[[Any, Any], bool | None], one: Any, other: Any) -> list[bool | None]:
    """The answer for each part; False alone where the two do not have the same parts."""
    ours, theirs = dict(_parts(one)), dict(_parts(other))
    return [how(part, theirs[place]) for place, part in ours.items()] if ours.keys() == theirs.keys() else [False]


def _alike(one: Any, other: Any) -> bool:
    if isinstance(one, type):
        return one is other
    if isinstance(one, Tensor | np.ndarray) and type(one) is type(other):
        return bool(one.dtype == other.dtype) and one.shape == other.shape
    return type(one) is type(other)


def _same(one: Any, other: Any) -> bool | None:
    if not _alike(one, other):
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
    """[bytes]: so that "not a number" equals itself."""
    plain = tensor.detach()
    plain = plain.to_dense() if plain.layout is not torch.strided else plain
    return plain.resolve_conj().resolve_neg().reshape(-1).contiguous().view(torch.uint8)


def _numbers(value: Any) -> Tensor | None:
    if isinstance(value, int | float):
        return torch.tensor(value, dtype=torch.float64)
    if isinstance(value, np.ndarray) and value.dtype.kind in "biuf":
        return torch.from_numpy(value.astype(np.float64))
    if isinstance(value, Tensor) and not value.is_complex():
        return value.detach().to(torch.float64)
    return None
