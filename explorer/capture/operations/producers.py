"""Which node made a tensor.

A tensor is known by its identity; a view may come back from autograd as another object, and is then found by where it
lies in memory. What was written into a tensor's memory since it was made, its writer made too.
"""

from __future__ import annotations

import weakref
from collections.abc import Iterable
from typing import Any

from torch import Tensor

from explorer.capture.values.tensor_facts import storage_id
from explorer.record import TensorLabel
from explorer.runtime.plain_tensors import plain_alias

# A tensor that was met; the index of the node that made it, -1 for none; its label, None for a parameter or buffer: a
# lazy one has no shape at first; the id of the tensor that it stands for: its own, or that of another object for the
# same. A plain tuple, as a call of a large model has hundreds.
_Known = tuple[Tensor | weakref.ref[Tensor], int, TensorLabel | None, int]
_Place = tuple[Any, ...]


# Where a tensor comes from: index of the node that made it, -1 for none; its label, None where it is not known; the id
# by which it was met first; whether it was met.
Origin = tuple[int, TensorLabel | None, int, bool]


class Producers:
    """The tensors of one call that were met, and the nodes that made them. Call it with torch's modes off."""

    def __init__(self) -> None:
        self._known: dict[int, _Known] = {}  # by id of the tensor
        # Storage, offset, shape, stride → index of the producer, and the id by which it was met.
        self._made_at: dict[_Place, tuple[int, int]] = {}
        self._kept: list[int] = []  # ids of those whose tensor is kept, and that are not in `_made_at` yet
        self._last_writer: dict[int, int] = {}  # storage → index of the last node that wrote into it

    def knows(self, tensor: Tensor) -> bool:
        """Return whether this very tensor was met."""
        return _is_of(self._known.get(id(tensor)), tensor)

    def add(self, tensor: Tensor, maker: int, label: TensorLabel | None, identity: int | None = None) -> None:
        """Note who made a tensor. identity: of the tensor that this object stands for, where that is another."""
        self._known[id(tensor)] = tensor, maker, label, id(tensor) if identity is None else identity
        self._kept.append(id(tensor))

    def add_alias(self, alias: Tensor, tensor: Tensor) -> None:
        """Note that an object stands for a tensor that was met: autograd makes such ones of its own accord."""
        if alias is not tensor:
            maker, label, identity, is_known = self.origin(tensor)
            if is_known:
                self.add(alias, maker, label, identity)

    def add_write(self, tensor: Tensor, writer: int) -> int:
        """Note that a node wrote into a tensor, and return which memory that is."""
        storage = storage_id(tensor)
        self._last_writer[storage] = writer
        return storage

    def origin(self, tensor: Tensor) -> Origin:
        """Return where a tensor comes from."""
        known = self._known.get(id(tensor))
        if known is not None and (known[0] is tensor or _is_of(known, tensor)):
            return known[1], known[2], known[3], True
        self.release_tensors()
        found = self._made_at.get(_place_of(tensor))
        if found is None:
            return -1, None, id(tensor), False
        return found[0], None, found[1], True

    def writer(self, tensor: Tensor) -> int:
        """Return the index of the node that wrote last into a tensor's memory; -1 for none."""
        return self._last_writer.get(storage_id(tensor), -1) if self._last_writer else -1

    def storages(self, identities: Iterable[int]) -> frozenset[int]:
        """Return the memory of those that were met by these ids, and still are there."""
        met = [self._known[identity][0] for identity in identities if identity in self._known]
        there = [each() if isinstance(each, weakref.ref) else each for each in met]
        return frozenset(storage_id(each) for each in there if each is not None)

    def forget(self, tensor: Tensor) -> None:
        """Note that memory is new: it may lie where a tensor lay that is gone, and nothing produced what is in it."""
        if self._made_at:
            self._made_at.pop(_place_of(tensor), None)
        self._last_writer.pop(storage_id(tensor), None)

    def release_tensors(self) -> None:
        """Keep no tensor any more, but where it lies in memory."""
        for key in self._kept:
            tensor, maker, label, identity = self._known[key]
            if not isinstance(tensor, weakref.ref):  # otherwise it was kept twice
                if maker >= 0:
                    self._made_at[_place_of(tensor)] = maker, identity
                self._known[key] = weakref.ref(tensor), maker, label, identity
        self._kept.clear()


def _is_of(known: _Known | None, tensor: Tensor) -> bool:
    """Return whether this very tensor is known: one that is gone may have had the same id."""
    if known is None or known[0] is tensor:
        return known is not None
    return isinstance(known[0], weakref.ref) and known[0]() is tensor


def _place_of(tensor: Tensor) -> _Place:
    """Return where a tensor lies in memory, and in which form: autograd may give a view back as another object."""
    storage = storage_id(tensor)
    if storage == id(tensor):
        return (storage,)
    try:
        tensor = plain_alias(tensor)
        return (storage, tensor.storage_offset(), tuple(tensor.shape), tensor.stride())
    except RuntimeError:  # a nested tensor has neither
        return (id(tensor),)
