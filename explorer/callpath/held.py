"""The elements of a small tensor as they were at one moment, in memory of their own.

Getting the bytes takes a third of the time of a clone and its NumPy array; they become numbers when somebody asks.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from functools import cache

import numpy as np
import torch
from torch import Tensor

from explorer.callpath.values import NUMBERS, Elements, elements_of, is_untouched, with_all

HELD_LIMIT = 1 << 14  # elements

# Where a tensor's storage is, for reading: `data_ptr` would give a copy-on-write tensor memory of its own. Private; in
# a release that lacks it such a tensor is cloned first.
_address: Callable[[Tensor], int] | None = getattr(torch._C, "_data_address", None)


class Held:
    """Elements that stay as they are, whatever becomes of the tensor."""

    __slots__ = ("_source",)

    def __init__(self, source: Elements | tuple[bytes, np.dtype[np.generic]]) -> None:
        """source: the elements, in memory that nobody else has; or their bytes, and what they stand for."""
        self._source = source

    @property
    def elements(self) -> Elements:
        """As NumPy has them."""
        source = self._source
        if isinstance(source, Elements):
            return source
        self._source = found = with_all(np.frombuffer(*source))
        return found

    @property
    def nbytes(self) -> int:
        """How much memory they take."""
        source = self._source
        return source.flat.nbytes if isinstance(source, Elements) else len(source[0])

    def equals(self, other: Held) -> bool:
        """Whether the bytes are the same: NaN is itself, and 0.0 is not -0.0."""
        return self._bytes() == other._bytes()

    def _bytes(self) -> bytes:
        source = self._source
        return source.flat.tobytes() if isinstance(source, Elements) else source[0]


def hold(tensor: Tensor) -> Held | None:
    """The elements of a tensor of at most HELD_LIMIT; None where there are none to compute with.

    Wants torch's modes off.
    """
    kind = _numpy_dtype(tensor.dtype)
    if kind is not None:
        try:
            if _address is None and is_untouched(tensor):
                tensor = tensor.detach().clone()  # asking for its address would unshare it
            if tensor.layout is torch.strided and tensor.is_contiguous() and not tensor.is_neg() and tensor.is_cpu:
                place: int = tensor.untyped_storage().data_ptr() if _address is None else _address(tensor)
                if not place or not tensor.nbytes:  # its memory was given back, or it has none
                    return None
                if not tensor.is_nested:
                    start = int(tensor.storage_offset()) * kind.itemsize
                    if start + tensor.nbytes > tensor.untyped_storage().nbytes():  # a part of it was given back
                        return None
                    return Held((ctypes.string_at(place + start, tensor.nbytes), kind))
        except (RuntimeError, NotImplementedError):  # wrapped by a transform, or lazy: it has no memory to show
            pass
    elements = elements_of(tensor, copy=True)
    return None if elements is None else Held(elements)


@cache
def _numpy_dtype(dtype: torch.dtype) -> np.dtype[np.generic] | None:
    """The dtype that a tensor's array has; None where NumPy has none, or none to compute with."""
    try:
        found = torch.empty(0, dtype=dtype, device="cpu").numpy().dtype
    except (TypeError, RuntimeError):
        return None
    return found if found.kind in NUMBERS else None
