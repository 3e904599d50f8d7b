"""Singular values and eigenvalues alone, computed as they are where no dispatch mode is active.

`torch.linalg.svdvals`, `cond` and their like ask for the vectors too where a gradient needs them, and wherever a
dispatch mode is active, as ours is. The library that computes them then takes another way, and the values differ in
their last digits. So the vectors are asked for where they are asked for without our mode.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import torch
from torch import Tensor, nn
from torch.autograd import forward_ad

from explorer.runtime.torch_private.modes import modes_at_work, without_function_modes

# The operation → where its argument stands that asks for the vectors, and that argument's name.
ASKS_FOR_VECTORS: Mapping[str, tuple[int, str]] = MappingProxyType(
    {"aten._linalg_svd.default": (2, "compute_uv"), "aten._linalg_eigh.default": (2, "compute_v")}
)
# The builtins that use the values alone.
_VALUES_ALONE = frozenset(
    {
        "linalg_svdvals", "linalg_eigvalsh", "linalg_cond", "linalg_norm", "linalg_matrix_norm", "linalg_matrix_rank",
        "nuclear_norm",
    }
)  # fmt: skip


def arguments_without_modes(
    full_name: str, builtin: str | None, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """Return the arguments that an operation has without our mode. Call it in `__torch_dispatch__`.

    full_name: of an operation in `ASKS_FOR_VECTORS`. builtin: the name of what Python called; None where it is unknown.
    """
    if builtin not in _VALUES_ALONE or _vectors_are_needed(args[0]):
        return args, kwargs
    position, name = ASKS_FOR_VECTORS[full_name]
    if len(args) > position:
        return (*args[:position], False, *args[position + 1 :]), kwargs
    return args, {**kwargs, name: False}


def _vectors_are_needed(matrix: Any) -> bool:
    """Return whether torch asks for the vectors without our mode: for a gradient, or for a mode or class of the
    caller's."""
    kind = type(matrix)  # a metaclass of the caller's may have an `__eq__`
    if not (kind is Tensor or kind is nn.Parameter) or modes_at_work():
        return True
    if torch.is_grad_enabled() and matrix.requires_grad:
        return True
    with without_function_modes():
        return forward_ad.unpack_dual(matrix).tangent is not None  # type: ignore[no-untyped-call]
