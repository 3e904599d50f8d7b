"""The elements of a small tensor as they were at one moment, in memory that nothing writes to.

Getting the bytes takes a third of the time of a clone and its NumPy array; they become numbers when they are read.
Most of a run's tensors die with the run: their memory is taken over as it is, and copied only where something else
still uses it in the end.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from explorer.capture.values.elements import Elements, elements_of, numpy_dtype, with_all
from explorer.runtime.torch_private.memory import SharedMemory, address_of, bytes_at, counts_uses, readable

SHARED_FROM = 1 << 10  # bytes; to copy fewer is quicker than to find out whether something else uses them


class StoredElements:
    """Elements that stay as they are, whatever becomes of the tensor."""

    __slots__ = ("_data", "dtype", "nbytes")

    def __init__(self, data: Elements | SharedMemory | bytes, dtype: np.dtype[np.generic], nbytes: int) -> None:
        """data: the elements, in memory of their own; or their bytes; or the tensor's memory, until
        `detach_from_tensor`."""
        self._data, self.dtype, self.nbytes = data, dtype, nbytes

    @property
    def is_shared(self) -> bool:
        """Whether the elements lie in the tensor's memory."""
        return isinstance(self._data, SharedMemory)

    def detach_from_tensor(self) -> None:
        """Copy the elements where something else uses their memory. Call it once the run's objects are gone."""
        data = self._data
        if isinstance(data, SharedMemory) and data.is_used_elsewhere:
            self._data = data.copy()

    def reread(self, tensor: Tensor) -> StoredElements | None:
        """Read the tensor that these elements were read from once more. Call it with torch's modes off.

        Returns this very object where the elements are the same; None where there are none to compute with.
        """
        now = store_elements(tensor)
        return self if now is not None and now.content == self.content else now

    @property
    def elements(self) -> Elements:
        """The elements as NumPy has them."""
        data = self._data
        if isinstance(data, Elements):
            return data
        self._data = found = with_all(np.frombuffer(self.content, self.dtype))
        return found

    @property
    def content(self) -> bytes:
        """Their bytes. Where these are the same, so are the elements: NaN is itself, and 0.0 is not -0.0."""
        data = self._data
        if isinstance(data, bytes):
            return data
        return data.copy() if isinstance(data, SharedMemory) else data.flat.tobytes()


def store_elements(tensor: Tensor, *, share: bool = False) -> StoredElements | None:
    """Return the elements of a small tensor; None where there are none to compute with.

    share: leave them in the tensor's memory, if that can be; call `StoredElements.detach_from_tensor` before any other
        code runs.

    Call it with torch's modes off.
    """
    kind = numpy_dtype(tensor.dtype)
    if kind is None:
        return None
    try:
        tensor = readable(tensor)
        if tensor.layout is torch.strided and tensor.is_contiguous() and tensor.is_cpu and not tensor.is_nested:
            address, nbytes = address_of(tensor), tensor.nbytes
            start = int(tensor.storage_offset()) * kind.itemsize
            storage = tensor.untyped_storage()
            if not address or not nbytes or start + nbytes > storage.nbytes():  # all or a part of it was given back
                return None
            if share and _may_share(storage, nbytes):
                return StoredElements(SharedMemory(storage, address, nbytes), kind, nbytes)
            return StoredElements(bytes_at(address + start, nbytes), kind, nbytes)
    except (RuntimeError, NotImplementedError):  # wrapped by a transform, or lazy: it has no memory to show
        return None
    elements = elements_of(tensor)
    return None if elements is None else StoredElements(elements, kind, elements.flat.nbytes)


def _may_share(storage: torch.UntypedStorage, nbytes: int) -> bool:
    """Return whether the tensor fills this memory, and only torch can write there: not NumPy, a file, a process."""
    whole = SHARED_FROM <= nbytes == storage.nbytes() and counts_uses()
    return whole and storage.resizable() and not storage.is_shared()
