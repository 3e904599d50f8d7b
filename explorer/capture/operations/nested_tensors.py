"""The tensors in nested tuples, lists and dicts."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from torch import Tensor, nn

# The ids of types that hold no tensor: to look up a class itself would ask a caller's metaclass for its hash.
PLAIN = frozenset(map(id, (int, float, bool, str, type(None))))


def tensors_in(value: Any) -> list[Tensor]:
    """Return the tensors in nested tuples, lists and dicts, in order.

    No method of a caller's class is run. A container that holds itself is entered once.
    """
    if type(value) is Tensor:  # what most operations return
        return [value]
    found: list[Tensor] = []
    inner = _add_tensor_or_open(value, found)
    if inner is None:
        return found
    # A stack of its own instead of calls: a list may be nested deeper than Python's calls can be.
    entered, open_containers = {id(value)}, [iter(inner)]
    while open_containers:
        for item in open_containers[-1]:
            inner = _add_tensor_or_open(item, found)
            if inner is not None and id(item) not in entered:
                entered.add(id(item))
                open_containers.append(iter(inner))
                break
        else:
            open_containers.pop()
    return found


def _add_tensor_or_open(value: Any, found: list[Tensor]) -> Iterable[Any] | None:
    """Add what is a tensor; return the items of what is a container, and None for anything else."""
    kind = type(value)
    if kind is Tensor or kind is nn.Parameter:
        found.append(value)
    elif id(kind) in PLAIN:
        return None
    elif issubclass(kind, tuple):  # of the real class: `isinstance` would ask the value for its `__class__` too
        return tuple.__iter__(value)
    elif issubclass(kind, list):
        return list.__iter__(value)
    elif issubclass(kind, dict):
        return dict.values(value)
    elif issubclass(kind, Tensor):
        found.append(value)
    return None
