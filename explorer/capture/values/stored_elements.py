"""The elements of a small tensor as they were at one moment, in memory that nobody writes to.

Getting the bytes takes a third of the time of a clone and its NumPy array; they become numbers when somebody asks.
Most of a run's tensors die with the run: their memory is taken over as it is, and copied only where somebody else
still has it in the end.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from explorer.capture.values.elements import Elements, elements_of, numpy_dtype, with_all
from explorer.runtime.torch_private.memory import address_of, bytes_at, counts_uses, is_used_elsewhere, readable

SHARED_FROM = 1 << 10  # bytes: copying fewer is quicker than asking who has them


class Shared(NamedTuple):
    """Memory that is the tensor's own, and perhaps somebody's who writes to it later."""

    storage: torch.UntypedStorage
    place: int  # address of the first byte
    nbytes: int

    @property
    def alone(self) -> bool:
        """Whether nobody else has it: neither in torch, nor in Python, where all have one and the same object."""
        return not is_used_elsewhere(self.storage)

    def copy(self) -> bytes:
        """The bytes as they are now."""
        return bytes_at(self.place, self.nbytes)


class StoredElements:
    """Elements that stay as they are, whatever becomes of the tensor."""

    __slots__ = ("_source", "dtype", "nbytes")

    def __init__(self, source: Elements | Shared | bytes, dtype: np.dtype[np.generic], nbytes: int) -> None:
        """source: the elements, in memory that nobody else has; or their bytes; or the memory that they lie in, until
        `own`."""
        self._source, self.dtype, self.nbytes = source, dtype, nbytes

    @property
    def shared(self) -> bool:
        """Whether the elements lie in the tensor's own memory."""
        return isinstance(self._source, Shared)

    def own(self) -> None:
        """The run is over, and its objects are gone: copy what somebody else has all the same."""
        source = self._source
        if isinstance(source, Shared) and not source.alone:
            self._source = source.copy()

    def again(self, tensor: Tensor) -> StoredElements | None:
        """What the tensor holds now that held this: this itself while that is the same. Wants torch's modes off."""
        now = store_elements(tensor)
        return self if now is not None and now.content == self.content else now

    @property
    def elements(self) -> Elements:
        """As NumPy has them."""
        source = self._source
        if isinstance(source, Elements):
            return source
        self._source = found = with_all(np.frombuffer(self.content, self.dtype))
        return found

    @property
    def content(self) -> bytes:
        """Their bytes. Where these are the same, so are the elements: NaN is itself, and 0.0 is not -0.0."""
        source = self._source
        if isinstance(source, bytes):
            return source
        return source.copy() if isinstance(source, Shared) else source.flat.tobytes()


def store_elements(tensor: Tensor, *, share: bool = False) -> StoredElements | None:
    """The elements of a small tensor; None where there are none to compute with.

    share: leave them where they are, if that can be; to be ended by `StoredElements.own` before anybody else runs.
    Wants torch's modes off.
    """
    kind = numpy_dtype(tensor.dtype)
    if kind is None:
        return None
    try:
        tensor = readable(tensor)
        if tensor.layout is torch.strided and tensor.is_contiguous() and tensor.is_cpu and not tensor.is_nested:
            place, nbytes = address_of(tensor), tensor.nbytes
            start = int(tensor.storage_offset()) * kind.itemsize
            storage = tensor.untyped_storage()
            if not place or not nbytes or start + nbytes > storage.nbytes():  # all or a part of it was given back
                return None
            if share and _may_share(storage, nbytes):
                return StoredElements(Shared(storage, place, nbytes), kind, nbytes)
            return StoredElements(bytes_at(place + start, nbytes), kind, nbytes)
    except (RuntimeError, NotImplementedError):  # wrapped by a transform, or lazy: it has no memory to show
        return None
    elements = elements_of(tensor)
    return None if elements is None else StoredElements(elements, kind, elements.flat.nbytes)


def _may_share(storage: torch.UntypedStorage, nbytes: int) -> bool:
    """Whether the tensor fills this memory, and only torch can write to it: not NumPy, a file, another process."""
    whole = SHARED_FROM <= nbytes == storage.nbytes() and counts_uses()
    return whole and storage.resizable() and not storage.is_shared()
