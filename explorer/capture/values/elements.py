"""A tensor's elements, read from its memory as it lies.

`Tensor.numpy` would do, but forbids torch to resize the storage from then on, and gives a copy-on-write tensor memory
of its own (measured on torch 2.13): the call that is watched might raise where a bare one does not.
"""

from __future__ import annotations

from functools import cache
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from explorer.runtime.torch_private.memory import address_of, memory_at, readable

EXACT_LIMIT = 1 << 16  # elements; statistics of a larger tensor come from evenly spaced ones
SAMPLE = 4096  # how many evenly spaced elements then
PREVIEW = 6
NUMBERS = "fiub"  # kinds of NumPy dtypes that there are figures of


class Elements(NamedTuple):
    """A tensor's elements, or evenly spaced ones of a large tensor, in memory of their own."""

    flat: NDArray[Any]  # [elements], or evenly spaced ones of a large tensor
    first: NDArray[Any]  # [elements], at most PREVIEW
    sampled: int | None  # how many evenly spaced ones; None where `flat` has all


def elements_of(tensor: Tensor) -> Elements | None:
    """Return the elements; None where there are none to compute with: of what is sparse, quantized, bfloat16, on
    another device, wrapped by a transform, or has no memory. Call it with torch's modes off."""
    try:
        tensor = readable(tensor)  # kept until its memory was read
        array = _array(tensor)
    except (RuntimeError, NotImplementedError):  # it is wrapped by a transform, or lazy
        return None
    if array is None or array.size == 0:
        return None
    if array.size <= EXACT_LIMIT:
        return with_all(array.flatten())
    # By their indices: flattening what is expanded or transposed would copy it whole.
    indices = np.arange(0, array.size, -(-array.size // SAMPLE))
    flat = array[np.unravel_index(indices, array.shape)]
    return Elements(flat, array.flat[:PREVIEW], int(flat.size))


def with_all(flat: NDArray[Any]) -> Elements:
    """Return all elements, [elements], of what is small enough."""
    return Elements(flat, flat[:PREVIEW], None)


@cache
def numpy_dtype(dtype: torch.dtype) -> np.dtype[np.generic] | None:
    """Return the dtype of a tensor's array; None where NumPy has none, or none to compute with."""
    try:
        found = torch.empty(0, dtype=dtype, device="cpu").numpy().dtype
    except (TypeError, RuntimeError):
        return None
    return found if found.kind in NUMBERS else None


def _array(tensor: Tensor) -> NDArray[Any] | None:
    """Return the memory itself, in the tensor's shape. Read it while the tensor is kept."""
    kind = numpy_dtype(tensor.dtype)
    if kind is None or tensor.layout is not torch.strided or tensor.is_nested or not tensor.is_cpu:
        return None
    shape, strides, offset = tensor.shape, tensor.stride(), tensor.storage_offset()
    if not all(type(size) is int for size in (*shape, *strides, offset)):  # of a tensor's subclass: symbols
        return None
    address, nbytes = address_of(tensor), tensor.untyped_storage().nbytes()
    end = offset + 1 + sum((size - 1) * step for size, step in zip(shape, strides, strict=True))
    if not address or not tensor.numel() or end * kind.itemsize > nbytes:  # all or a part of it was given back
        return None
    steps = [step * kind.itemsize for step in strides]
    return np.ndarray(tuple(shape), kind, memory_at(address, nbytes), offset * kind.itemsize, steps)
