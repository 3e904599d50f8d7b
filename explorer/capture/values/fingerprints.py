"""Whether a container holds what it held: as much of it is compared as a summary shows.

Containers are Python's own, and small NumPy arrays. Of an object of another class it is not known what it holds.
"""

from __future__ import annotations

from collections import Counter, OrderedDict, defaultdict, deque
from itertools import islice
from typing import Any

import numpy
from torch import Tensor

from explorer.record.values import ITEMS
from explorer.runtime.torch_private.modes import function_modes, without_function_modes

# Their length; the ids of the first items, and of the keys; the same of the containers among those.
Fingerprint = tuple[Any, ...]
_DICTS = frozenset(map(id, (dict, OrderedDict, defaultdict, Counter)))
CONTAINERS = _DICTS | frozenset(map(id, (list, set, deque, numpy.ndarray)))  # ids of the types that are looked into
ARRAY_BYTES = 1 << 12  # a larger array is not compared
DEPTH = 2  # how deep containers in containers are shown


def is_container(value: object) -> bool:
    """Return whether it is a container of Python's own, or an array."""
    return id(type(value)) in CONTAINERS


def fingerprint(container: Any, depth: int = 0) -> Fingerprint:
    """Return what differs once what is shown of a container, or a tensor, does."""
    kind = type(container)
    if kind is Tensor:
        return (_mark(container, depth),)
    if kind is set:
        return (len(container), frozenset(map(id, container)) if len(container) <= ITEMS else None)
    if kind is numpy.ndarray:
        return _elements(container)
    keys: list[int] = []
    if id(kind) in _DICTS:
        keys = [id(key) for key in islice(dict.keys(container), ITEMS)]
        values = islice(dict.values(container), ITEMS)
    else:
        values = islice(container, ITEMS)
    return (len(container), *keys, *[_mark(value, depth + 1) for value in values])


def _elements(array: numpy.ndarray[Any, Any]) -> Fingerprint:
    """Return a small array's elements with their type and shape; () for a large one, and for one of Python objects."""
    if array.nbytes > ARRAY_BYTES or array.dtype.hasobject:
        return ()
    return array.dtype, array.shape, array.tobytes()


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
