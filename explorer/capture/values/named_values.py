"""The named values that an object stores: fields of a dataclass or a named tuple, attributes that hold tensors.

No code of the object's class runs: no property, no `__getattr__`, no metaclass.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any, Final, NamedTuple

from torch import Tensor, nn

from explorer.record.values import ITEMS
from explorer.runtime.plain_reads import class_attribute, is_a, stored_attributes

DEPTH: Final = 2  # how deep the values in a value are shown
LOOKED_AT: Final = 64  # so many attributes of an object are looked at, and not more
# Ids of types that hold no tensor: to look up a class itself would ask a caller's metaclass for its hash.
PLAIN = frozenset(map(id, (int, float, bool, str, bytes, complex, type(None))))


class NamedValues(NamedTuple):
    """What is shown of an object."""

    pairs: list[tuple[str, Any]]  # at most 6 names, and what stands under them
    is_whole: bool  # whether the object stores nothing else


def names_in_tuple(value: Any) -> tuple[str, ...]:
    """Return the names of a named tuple's items; () where they have none. torch's own, as of `max`, are such tuples."""
    for attribute in ("_fields", "__match_args__"):
        names = class_attribute(type(value), attribute)
        if type(names) is tuple and len(names) == tuple.__len__(value) and all(type(name) is str for name in names):
            return names
    return ()


def named_values(value: Any, depth: int) -> NamedValues | None:
    """Return all fields of a dataclass's object, and of any other object the attributes that hold tensors.

    depth: how deep the object lies in the value that is shown.

    None where there are none of these.
    """
    stored = list(islice(stored_attributes(value), LOOKED_AT + 1))
    declared = class_attribute(type(value), "__dataclass_fields__")
    order = [name for name in dict.keys(declared) if type(name) is str] if type(declared) is dict else []
    by_name = dict(stored)
    names = [name for name in order if name in by_name]
    names += [name for name, held in stored if name not in order and _holds_tensor(held, depth + 1)]
    pairs = [(name, by_name[name]) for name in names]
    return NamedValues(pairs[:ITEMS], len(stored) == len(pairs) <= ITEMS) if pairs else None


def _holds_tensor(value: Any, depth: int) -> bool:
    """Return whether it is a tensor, or one is in it no deeper than it would be shown."""
    if id(type(value)) in PLAIN:
        return False
    return is_a(value, Tensor) or (depth < DEPTH and any(_holds_tensor(each, depth + 1) for each in _parts(value)))


def _parts(value: Any) -> Iterable[Any]:
    if is_a(value, tuple):
        return islice(tuple.__iter__(value), ITEMS)
    if is_a(value, list):
        return islice(list.__iter__(value), ITEMS)
    if is_a(value, dict):
        return islice(dict.values(value), ITEMS)
    return () if is_a(value, nn.Module) or is_a(value, type) else _attributes(value)


def _attributes(value: Any) -> Iterator[Any]:
    return (held for _, held in islice(stored_attributes(value), LOOKED_AT))
