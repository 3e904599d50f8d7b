"""A call that leaves the model and the inputs as it found them."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import torch
from torch import nn

CallInputs = tuple[tuple[Any, ...], dict[str, Any]]


@contextmanager
def with_copied_state(model: nn.Module, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Iterator[CallInputs]:
    """Run with copies in place of the attributes of the model's modules. Yields copies of the inputs.

    The modules themselves stay the same objects. At the end each has its attributes again, and torch's random
    generator is in the state that it was in. What cannot be copied, and what the model keeps elsewhere, in a global
    variable say, is not copied. Call it inside `isolated()`.
    """
    random = torch.get_rng_state()
    modules = list(model.modules())
    kinds = [type(module) for module in modules]
    attributes = [dict(vars(module)) for module in modules]
    known: dict[int, Any] = {id(module): module for module in modules}  # a tensor with two names is copied once
    with torch.inference_mode(False), torch.no_grad():
        for module in modules:
            vars(module).update({name: _copy(value, known) for name, value in vars(module).items()})
        inputs = tuple(_copy(value, known) for value in args), {k: _copy(value, known) for k, value in kwargs.items()}
    try:
        yield inputs
    finally:
        for module, kind, before in zip(modules, kinds, attributes, strict=True):
            if type(module) is not kind:  # a lazy module
                module.__class__ = kind
            vars(module).clear()
            vars(module).update(before)
        torch.set_rng_state(random)


def _copy(value: Any, known: dict[int, Any]) -> Any:
    try:
        return copy.deepcopy(value, known)
    except Exception:  # a lock, an open file, a tensor with a `grad_fn`; or its class's own `__deepcopy__` raises
        return value
