"""Torch's builtins, which have no public name, and its guard that is quicker than `no_grad`."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import torch

from explorer.runtime.torch_private.names import find

_tensor_methods = find("torch._C.TensorBase")
_functions = find("torch._C._VariableFunctions")

# Run without recording a gradient. Inside, only read: nothing that is written there, or a view, may be kept.
below_autograd: Callable[[], AbstractContextManager[Any]] = find("torch._C._AutoDispatchBelowAutograd") or torch.no_grad


def builtin_method(name: str) -> Any | None:
    """Return a method of tensors that is written in C; None where there is none of that name."""
    return getattr(_tensor_methods, name, None)


def builtin_function(name: str) -> Any | None:
    """Return a function of torch that is written in C; None where there is none of that name."""
    return getattr(_functions, name, None)
