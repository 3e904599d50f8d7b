"""Where a tensor lies in memory, who else uses that memory, and reading it without torch.

Addresses are valid while the tensor, or its storage, is kept.
"""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor

from explorer.runtime.torch_private.names import find

_data_address: Callable[[Tensor], int] | None = find("torch._C._data_address")
_is_cow_tensor: Callable[[Tensor], bool] | None = find("torch._C._is_cow_tensor")
_use_count: Callable[[int], int] | None = find("torch._C._storage_Use_Count")
_HAS_CDATA = find("torch.UntypedStorage._cdata") is not None
_view: Callable[[int, int, int], memoryview] = ctypes.PYFUNCTYPE(
    ctypes.py_object, ctypes.c_void_p, ctypes.c_ssize_t, ctypes.c_int
)(("PyMemoryView_FromMemory", ctypes.pythonapi))
_TO_READ = 0x100  # PyBUF_READ in Python's <pybuffer.h>

# Return the bytes from an address on, as they are now: (address, number of bytes).
bytes_at: Callable[[int, int], bytes] = ctypes.string_at


def memory_at(address: int, nbytes: int) -> memoryview:
    """Return a view of the memory from an address on, to be read only."""
    return _view(address, nbytes, _TO_READ)


def readable(tensor: Tensor) -> Tensor:
    """Return the tensor, or a clone of one that does not lie in memory as it reads. Raises RuntimeError where it has no
    storage."""
    if not has_memory(tensor):
        return tensor
    if tensor.is_neg() or (_data_address is None and is_untouched_clone(tensor)):
        return tensor.detach().clone().resolve_neg()
    return tensor


def _writable_address(tensor: Tensor) -> int:
    return tensor.untyped_storage().data_ptr()


# Return where the storage of a `readable` tensor begins; 0 where there is no memory. Raises RuntimeError where it has
# no storage.
address_of: Callable[[Tensor], int] = _data_address or _writable_address


def has_memory(tensor: Tensor) -> bool:
    """Return whether its elements lie in memory: those of a tensor that wraps another do not, and to copy it would read
    at address 0. Raises RuntimeError where it has no storage."""
    return tensor.untyped_storage().nbytes() > 0 and (_data_address is None or _data_address(tensor) != 0)


def is_untouched_clone(tensor: Tensor) -> bool:
    """Return whether it is a copy-on-write clone (see `lazy_clone`) that was not written to since."""
    try:
        return _is_cow_tensor is not None and bool(_is_cow_tensor(tensor))
    except (RuntimeError, NotImplementedError):  # it has no memory of its own to ask
        return False


def lazy_clone(tensor: Tensor) -> Tensor:
    """Return a clone that shares the tensor's memory until one of the two is written to."""
    copy: Tensor = _clone(tensor)
    return copy


_clone = find("torch._lazy_clone") or torch.clone


def identity_of_storage(tensor: Tensor) -> int:
    """Return what tells the tensor's storage from others. Raises RuntimeError where it has none."""
    if _HAS_CDATA:
        identity: int = tensor.untyped_storage()._cdata
        return identity
    return address_of(tensor) or id(tensor)


def identity_of_memory(storage: torch.UntypedStorage) -> int:
    """Return what tells a storage from others."""
    return storage._cdata if _HAS_CDATA else storage.data_ptr()


def counts_uses() -> bool:
    """Return whether this torch tells how many use a storage."""
    return _use_count is not None and _HAS_CDATA


class SharedMemory(NamedTuple):
    """The memory of a tensor, to which something else may write later."""

    storage: torch.UntypedStorage
    address: int  # of the first byte
    nbytes: int

    @property
    def is_used_elsewhere(self) -> bool:
        """Whether a tensor, autograd or an array uses it, beside this object; True where torch does not tell."""
        if _use_count is None or not _HAS_CDATA:
            return True
        # All that use a storage in Python have one and the same object. One reference is this tuple's, and one that of
        # `getrefcount`. It is not passed through a function in Python: that may add one, or not.
        return _use_count(self.storage._cdata) != 1 or sys.getrefcount(self.storage) != 2

    def copy(self) -> bytes:
        """Return the bytes as they are now."""
        return bytes_at(self.address, self.nbytes)
