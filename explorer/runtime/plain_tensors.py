"""Tensors of a caller's class, read as plain ones: none of that class's properties and methods is run."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from typing import Any

from torch import Tensor, nn

from explorer.runtime.plain_reads import module_name_of_class, name_of_class

# Whether autograd records, and what: read from the tensor itself, as an alias has another `grad_fn`. Call these with
# torch's modes off.
requires_grad_of: Callable[[Tensor], bool] = Tensor.requires_grad.__get__  # type: ignore[attr-defined]
grad_fn_of: Callable[[Tensor], object | None] = Tensor.grad_fn.__get__  # type: ignore[union-attr]


def is_class_of_torch(kind: type) -> bool:
    """Return whether a class is torch's own: it stands in one of torch's modules, under its name."""
    if kind is Tensor or kind is nn.Parameter:
        return True
    module = module_name_of_class(kind)
    if module != "torch" and not module.startswith("torch."):
        return False
    return vars(sys.modules[module]).get(name_of_class(kind)) is kind if module in sys.modules else False


def plain_registry(registry: Any) -> Mapping[str, Any]:
    """Return what a module has as `_modules` or `_buffers`; an empty one for an object of a caller's class, whose
    methods would run."""
    kind = type(registry)
    if kind is dict or is_class_of_torch(kind):  # a script's is a class of torch's
        found: Mapping[str, Any] = registry
        return found
    return dict(dict.items(registry)) if issubclass(kind, dict) else {}


def plain_alias(tensor: Tensor) -> Tensor:
    """Return the tensor; of a class that is not torch's, a plain tensor that shares its memory and its version.

    Call it with torch's modes off.
    """
    return tensor if is_class_of_torch(type(tensor)) else Tensor.detach(tensor)
