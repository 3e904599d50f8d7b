"""Which node made a tensor.

A tensor is known by its identity; a view may come back from autograd as another object, and is then found by where it
lies in memory. What was written into a tensor's memory since it was made, its writer made too.
"""

from __future__ import annotations

import weakref
from collections.abc import Iterable, Sequence
from typing import Any

from torch import Tensor

from explorer.capture.operations.labels import label_of
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
        # The same of parameters and buffers, which no node made; None until it is asked for.
        self._lies_at: dict[_Place, int] | None = None
        self._in_storage: dict[int, int] = {}  # storage → the id of the first of what was made in it and is still there
        # Of tensors that are about to be given other memory: what is known of them, and where they lie.
        self._noted: dict[int, tuple[tuple[int, TensorLabel | None, int], _Place]] = {}
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
        place = _place_of(tensor)
        found = self._made_at.get(place)
        if found is not None:
            return found[0], None, found[1], True
        named = self._places_of_parameters().get(place)  # another object for one, as `parameter.data` is
        return (-1, None, id(tensor), False) if named is None else (-1, None, named, True)

    def origin_of_storage(self, storage: int) -> Origin:
        """Return where what lies in a piece of memory comes from."""
        self.release_tensors()
        known = self._known.get(self._in_storage.get(storage, 0))
        if known is None:
            named = {place[0]: identity for place, identity in self._places_of_parameters().items()}
            known = self._known.get(named.get(storage, 0))
        tensor = None if known is None else _tensor_of(known)
        if known is None or tensor is None:
            return (-1, None, 0, False) if known is None else (*known[1:], True)
        return known[1], known[2] or label_of(tensor), known[3], True

    def writer(self, storage: int) -> int:
        """Return the index of the node that wrote last into a piece of memory; -1 for none."""
        return self._last_writer.get(storage, -1)

    def is_newer(self, tensor: Tensor, index: int) -> bool:
        """Return whether a node after this one made a tensor, or wrote into it."""
        return self.origin(tensor)[0] > index or self.writer(storage_id(tensor)) > index

    def storages(self, identities: Iterable[int]) -> frozenset[int]:
        """Return the memory of those that were met by these ids, and still are there."""
        met = [_tensor_of(self._known[identity]) for identity in identities if identity in self._known]
        return frozenset(storage_id(each) for each in met if each is not None)

    def forget(self, tensor: Tensor) -> None:
        """Note that memory is new: it may lie where a tensor lay that is gone, and nothing produced what is in it."""
        if self._made_at:
            self._made_at.pop(_place_of(tensor), None)
        storage = storage_id(tensor)
        self._last_writer.pop(storage, None)
        self._in_storage.pop(storage, None)

    def begin_moves(self, tensors: Sequence[Tensor] | None) -> None:
        """Note where tensors lie that are about to be given other memory, and keep no reference to one that is named.

        tensors: None where any may be. `torch.utils.swap_tensors` refuses a tensor that something refers to weakly.
        """
        self.release_tensors()
        self._places_of_parameters()
        self._noted.clear()
        met = [(id(each), each) for each in tensors] if tensors is not None else self._alive()
        for identity, tensor in met:
            known = self._known.get(identity)
            if known is not None and _is_of(known, tensor):
                self._noted[identity] = known[1:], _place_of(tensor)
                if tensors is not None:
                    del self._known[identity]

    def end_moves(self, tensors: Sequence[Tensor] | None) -> None:
        """See which of these tensors lie elsewhere now. Such a one is found by where it lies: who made that, made this.

        What is there may be unknown; then a parameter is still the parameter.
        """
        self.release_tensors()
        for identity, tensor in [(id(each), each) for each in tensors] if tensors is not None else self._alive():
            (maker, label, first), before = self._noted.get(identity, ((-1, None, 0), ()))
            now = _place_of(tensor) if before else ()
            found = now in self._made_at or now in self._places_of_parameters()
            if not before or (now != before and (found or maker >= 0)):
                if tensors is None and before:
                    self._known.pop(identity, None)
            elif tensors is not None:
                self._known[identity] = weakref.ref(tensor), maker, label, first
        self._noted.clear()

    def _alive(self) -> list[tuple[int, Tensor]]:
        met = [(identity, _tensor_of(known)) for identity, known in self._known.items()]
        return [(identity, tensor) for identity, tensor in met if tensor is not None]

    def _places_of_parameters(self) -> dict[_Place, int]:
        """Return where parameters and buffers lie, each with its id, as of the first time that it is asked for."""
        if self._lies_at is None:
            met = [(_tensor_of(known), known[3]) for known in self._known.values() if known[1] < 0]
            self._lies_at = {_place_of(each): identity for each, identity in met if each is not None}
        return self._lies_at

    def release_tensors(self) -> None:
        """Keep no tensor any more, but where it lies in memory."""
        for key in self._kept:
            tensor, maker, label, identity = self._known[key]
            if not isinstance(tensor, weakref.ref):  # otherwise it was kept twice
                if maker >= 0:
                    place = _place_of(tensor)
                    self._made_at[place] = maker, identity
                    first = self._known.get(self._in_storage.get(place[0], 0))
                    if first is None or _tensor_of(first) is None:
                        self._in_storage[place[0]] = key
                self._known[key] = weakref.ref(tensor), maker, label, identity
        self._kept.clear()


def _tensor_of(known: _Known) -> Tensor | None:
    return known[0]() if isinstance(known[0], weakref.ref) else known[0]


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
