"""What an edge says of a tensor."""

from __future__ import annotations

from functools import lru_cache

import torch
from torch import Tensor

from explorer.capture.values.tensor_facts import dtype_name, shape_of
from explorer.record import TensorLabel
from explorer.runtime.plain_tensors import plain_alias


def label_of(tensor: Tensor) -> TensorLabel:
    """Return the tensor's shape and dtype. Call it with torch's modes off."""
    plain = tensor if type(tensor) is Tensor else plain_alias(tensor)
    return _labelled(shape_of(plain), plain.dtype)


@lru_cache(maxsize=4096)
def _labelled(shape: tuple[int, ...], dtype: torch.dtype) -> TensorLabel:
    return TensorLabel(shape, dtype_name(dtype))
