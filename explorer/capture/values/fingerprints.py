"""Whether a list, a dict or a set holds what it held: as much of it is compared as a summary shows."""

from __future__ import annotations

from collections import OrderedDict
from itertools import islice
from typing import Any

from torch import Tensor

from explorer.record.values import ITEMS
from explorer.runtime.torch_private.modes import function_modes, without_function_modes

# Their length; the ids of the first items, and of the keys; the same of the containers among those.
Fingerprint = tuple[Any, ...]
CONTAINERS = frozenset(map(id, (list, dict, set, OrderedDict)))  # ids of the types that are looked into
DEPTH = 2  # how deep containers in containers are shown


def is_container(value: object) -> bool:
    """Return whether it is a list, a dict or a set of Python's own."""
    return id(type(value)) in CONTAINERS


def fingerprint(container: Any, depth: int = 0) -> Fingerprint:
    """Return what differs once what is shown of a container does."""
    kind = type(container)
    if kind is set:
        return (len(container), frozenset(map(id, container)) if len(container) <= ITEMS else None)
    keys: list[int] = []
    if kind is dict or kind is OrderedDict:
        keys = [id(key) for key in islice(dict.keys(container), ITEMS)]
        values = islice(dict.values(container), ITEMS)
    else:
        values = islice(container, ITEMS)
    return (len(container), *keys, *[_mark(value, depth + 1) for value in values])


def _mark(value: Any, depth: int) -> Any:
    kind = type(value)
    if kind is Tensor:
        if function_modes():  # of the caller's: they must not see what is read here
            with without_function_modes():
                return _mark_of_tensor(value)
        return _mark_of_tensor(value)
    if depth < DEPTH and (kind is tuple or is_container(value)):
        return (id(value), fingerprint(value, depth))
    return id(value)


def _mark_of_tensor(tensor: Tensor) -> Any:
    return id(tensor) if tensor.is_inference() else (id(tensor), tensor._version)
