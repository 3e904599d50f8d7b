"""Copy a module in a millisecond: what building it anew would give, without drawing its weights again.

A replica's tensors are copy-on-write clones: it shares the template's memory until one of the two writes, and
torch then gives the writer memory of its own. So nothing done to a replica can reach the template.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, TypeVar

import torch
from torch import Tensor, nn

from explorer.runtime.isolation import first_free_hook_id
from explorer.runtime.torch_private.memory import lazy_clone

M = TypeVar("M", bound=nn.Module)

_REGISTRIES = ("_parameters", "_buffers", "_modules")
_CONTAINERS = (dict, list, set)
_IN_TRAIN = ("train", "children", "named_children", "__setattr__")  # what `Module.train` calls, and itself


class Template(Generic[M]):
    """A module tree that replicas are made of.

    Raises ValueError where a module keeps tensors or modules outside `_parameters`, `_buffers` and `_modules`,
    as an LSTM does (a list of its weights): those are to be built anew.
    """

    def __init__(self, model: M) -> None:
        self._model = model
        self._containers = {id(module): _containers(module) for module in model.modules()}
        self.next_hook = first_free_hook_id(model)  # the ids of its own hooks are below
        # Whether a module has its own way to go into a mode, so that setting the mode may not be all of it.
        self._switches = any(
            getattr(type(module), name) is not getattr(nn.Module, name) or name in vars(module)
            for module in model.modules()
            for name in _IN_TRAIN
        )

    def replica(self, training: bool | None = None) -> M:
        """A new module tree, equal to the template and independent of it.

        training: the mode of all its modules; None is the template's own.

        Same classes, own `__dict__`s and hook registries, own parameters (no gradient, version 0) and buffers.
        A submodule or parameter that the template holds twice, the replica holds twice as well.
        """
        # A tensor made in inference mode could never be trained.
        with torch.inference_mode(False), torch.no_grad():
            made: M = self._copy(self._model, None if self._switches else training, {})
        if training is not None and self._switches:
            made.train(training)
        return made

    def _copy(self, module: Any, training: bool | None, memo: dict[int, Any]) -> Any:
        """`memo` maps the id of what was copied to its copy; the template keeps those ids alive."""
        identity = id(module)
        if identity in memo:
            return memo[identity]
        kind: Any = type(module)
        copy = memo[identity] = kind.__new__(kind)
        state = vars(copy)
        state.update(vars(module))  # in the same order
        for name, make in self._containers[identity]:
            state[name] = make()
        if training is not None:
            state["training"] = training
        for name in ("_parameters", "_buffers"):
            items = state[name]
            state[name] = {key: _copy_tensor(item, memo) for key, item in items.items()} if items else {}
        modules = state["_modules"]
        state["_modules"] = {}
        for key, item in modules.items():
            state["_modules"][key] = None if item is None else self._copy(item, training, memo)
        return copy


def _containers(module: nn.Module) -> tuple[tuple[str, Callable[[], Any]], ...]:
    """Names of the dicts, lists and sets that a copy needs of its own, and what makes each; most are empty."""
    found: list[tuple[str, Callable[[], Any]]] = []
    for name, value in vars(module).items():
        if name in _REGISTRIES:
            continue
        if _holds_state(value):
            raise ValueError(f"{type(module).__name__}.{name} holds tensors or modules: build this model anew instead.")
        if isinstance(value, _CONTAINERS):
            found.append((name, value.copy if value else type(value)))
    return tuple(found)


def _holds_state(value: object) -> bool:
    if isinstance(value, (dict, list, tuple, set)):
        return bool(value) and any(map(_holds_state, value.values() if isinstance(value, dict) else value))
    return isinstance(value, (Tensor, nn.Module))


def _copy_tensor(tensor: Tensor | None, memo: dict[int, Any]) -> Tensor | None:
    """Wants gradients off, for the copy must not lead back to the template."""
    if tensor is None:
        return None
    copy: Tensor | None = memo.get(id(tensor))
    if copy is None:
        copy = lazy_clone(tensor)
        # By class first: `isinstance` runs a method in Python, for parameters may be recognised by a mark.
        if type(tensor) is nn.Parameter:
            copy = Tensor._make_subclass(nn.Parameter, copy, tensor.requires_grad)  # as `nn.Parameter` itself does
        elif type(tensor) is not Tensor and isinstance(tensor, nn.Parameter):
            copy = nn.Parameter(copy, requires_grad=tensor.requires_grad)
        memo[id(tensor)] = copy
    return copy
