"""Copy a module in a millisecond: what building it anew would give, without drawing its weights again.

A replica's tensors are copy-on-write clones: it shares the template's memory until one of the two writes, and
torch then gives the writer memory of its own. So nothing done to a replica can reach the template.
"""

from __future__ import annotations

from typing import Any, TypeVar

import torch
from torch import Tensor, nn

M = TypeVar("M", bound=nn.Module)


def replicate(template: M) -> M:
    """A new module tree, equal to the template and independent of it.

    Same classes, own `__dict__`s and hook registries, own parameters (no gradient, version 0) and buffers.
    A submodule or parameter that the template holds twice, the replica holds twice as well.

    Raises ValueError where a module keeps tensors or modules outside `_parameters`, `_buffers` and `_modules`,
    as an LSTM does (a list of its weights): those are to be built anew.
    """
    with torch.inference_mode(False):  # a tensor made in inference mode could never be trained
        return _copy_module(template, {})


def _copy_module(module: M, memo: dict[int, Any]) -> M:
    """`memo` maps the id of what was copied to its copy; the template keeps those ids alive."""
    if id(module) in memo:
        found: M = memo[id(module)]
        return found
    kind = type(module)
    copy = memo[id(module)] = kind.__new__(kind)
    state = vars(copy)
    for name, value in vars(module).items():  # in the same order
        if name in ("_parameters", "_buffers"):
            state[name] = {key: _copy_tensor(item, memo) for key, item in value.items()}
        elif name == "_modules":
            state[name] = {key: None if item is None else _copy_module(item, memo) for key, item in value.items()}
        elif _holds_state(value):
            raise ValueError(f"{kind.__name__}.{name} holds tensors or modules: build this model anew instead.")
        else:
            state[name] = value.copy() if isinstance(value, (dict, list, set)) else value
    return copy


def _copy_tensor(tensor: Tensor | None, memo: dict[int, Any]) -> Tensor | None:
    if tensor is None:
        return None
    if id(tensor) not in memo:
        copy = _lazy_clone(tensor.detach())
        is_parameter = isinstance(tensor, nn.Parameter)
        memo[id(tensor)] = nn.Parameter(copy, requires_grad=tensor.requires_grad) if is_parameter else copy
    found: Tensor = memo[id(tensor)]
    return found


def _holds_state(value: object) -> bool:
    if isinstance(value, (dict, list, tuple, set)):
        return bool(value) and any(map(_holds_state, value.values() if isinstance(value, dict) else value))
    return isinstance(value, (Tensor, nn.Module))


def _lazy_clone(tensor: Tensor) -> Tensor:
    """A private operation of torch; where a release lacks it, the same result costs a full copy."""
    clone = getattr(torch, "_lazy_clone", torch.clone)
    copy: Tensor = clone(tensor)
    return copy
