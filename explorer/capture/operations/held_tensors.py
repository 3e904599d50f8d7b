"""The tensors that a value of the caller's holds: in containers, dataclasses and plain objects, however deep.

None of the caller's code runs: items are read as the built-in container has them, attributes as the object stores them.
"""

from __future__ import annotations

import types
from collections import deque
from collections.abc import Iterable, Iterator
from typing import Any, Final

from torch import Tensor, nn

from explorer.capture.values.named_values import PLAIN
from explorer.runtime.plain_reads import name_of_class, stored_attributes

OBJECTS_LIMIT: Final = 100_000  # so many containers and objects are looked into, and not more
# Ids of types: to look up a class itself would ask a caller's metaclass for its hash.
# What holds no tensor that the caller gave: code, classes, and modules, whose tensors are parameters and buffers.
_CLOSED = (
    type, nn.Module, types.ModuleType, types.FunctionType, types.BuiltinFunctionType, types.MethodType, types.CodeType,
    types.FrameType, types.TracebackType,
)  # fmt: skip


def tensors_held_by(value: Any, *, objects: bool = True) -> list[Tensor]:
    """Return the tensors that a value holds, in order. One that a container has twice is there twice.

    objects: whether to look into what is no container, and into the attributes of one.
    """
    found: list[Tensor] = []
    attributes: list[Tensor] = []  # of objects that are containers as well: those that are no items
    met: dict[int, Any] = {}  # each container and object is looked into once; kept, so that no other gets its id
    waiting: list[Iterator[tuple[Any, bool]]] = [iter([(value, False)])]
    while waiting:
        following = next(waiting[-1], None)
        if following is None:
            waiting.pop()
            continue
        held, beside_items = following
        kind = type(held)
        if id(kind) in PLAIN:
            continue
        if issubclass(kind, Tensor):
            (attributes if beside_items else found).append(held)
        elif not issubclass(kind, _CLOSED) and id(held) not in met and len(met) < OBJECTS_LIMIT:
            met[id(held)] = held
            waiting.append(_parts(held, kind, objects))
    known = set(map(id, found))
    return [*found, *({id(each): each for each in attributes if id(each) not in known}.values())]


def _parts(value: Any, kind: type, objects: bool) -> Iterator[tuple[Any, bool]]:
    """Yield what a container or an object holds, and whether that is an attribute beside its items."""
    items = _items(value, kind)
    for item in items or ():
        yield item, False
    for _, attribute in tuple(stored_attributes(value)) if objects else ():
        yield attribute, items is not None


def _items(value: Any, kind: type) -> Iterable[Any] | None:
    """Return a copy of a container's items; None of what is no container. A set's are sorted, as it has no order."""
    if issubclass(kind, tuple):
        return tuple(tuple.__iter__(value))
    if issubclass(kind, list):
        return tuple(list.__iter__(value))
    if issubclass(kind, dict):
        return tuple(dict.values(value))
    if issubclass(kind, deque):
        return tuple(deque.__iter__(value))
    if issubclass(kind, set | frozenset):
        items = (set if issubclass(kind, set) else frozenset).__iter__(value)
        return sorted(items, key=_order)
    if kind is types.MappingProxyType:
        return ()
    return None


def _order(item: Any) -> tuple[str, str]:
    """Return by what the items of a set are sorted, so that two equal runs have them in one order."""
    return name_of_class(type(item)), str((item.dtype, tuple(item.shape))) if type(item) is Tensor else ""
