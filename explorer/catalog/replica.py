"""Copy a module in a millisecond: the copy is what building it anew would give, without drawing its weights again.

A replica's tensors are copy-on-write clones: they share the template's memory until one of the two is written to, and
torch then gives the writer memory of its own. So nothing that is done to a replica changes the template.
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
_COPIED_CONTAINERS = (dict, list, set)
_METHODS_OF_TRAIN = ("train", "children", "named_children", "__setattr__")  # what `Module.train` calls, and itself


class Template(Generic[M]):
    """A module tree that replicas are made of.

    Raises ValueError where a module keeps tensors or modules outside `_parameters`, `_buffers` and `_modules`,
    as an LSTM does (a list of its weights): those are to be built anew.
    """

    def __init__(self, model: M) -> None:
        self._model = model
        self._containers = {id(module): _containers(module) for module in model.modules()}
        self.next_hook = first_free_hook_id(model)  # the ids of its own hooks are below
        # Whether a class overrides how a mode is set, so that `train()` may do more than set the attribute `training`.
        self._overrides_train = any(
            getattr(type(module), name) is not getattr(nn.Module, name) or name in vars(module)
            for module in model.modules()
            for name in _METHODS_OF_TRAIN
        )

    def replica(self, training: bool | None = None) -> M:
        """Return a new module tree, equal to the template and independent of it.

        training: the mode of all its modules; None is the template's own.

        The classes are the same; each module has a `__dict__`, hook registries, parameters (no gradient, version 0) and
        buffers of its own. A submodule or parameter that is in the template twice is in the replica twice.
        """
        # A tensor made in inference mode could never be trained.
        with torch.inference_mode(False), torch.no_grad():
            made: M = self._copy(self._model, None if self._overrides_train else training, {})
        if training is not None and self._overrides_train:
            made.train(training)
        return made

    def _copy(self, module: Any, training: bool | None, memo: dict[int, Any]) -> Any:
        """Return a copy of a module. `memo`: copies by the id of their original, which the template keeps alive."""
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
    """Return the names of the dicts, lists and sets that a copy must not share, and what makes each; most are empty."""
    found: list[tuple[str, Callable[[], Any]]] = []
    for name, value in vars(module).items():
        if name in _REGISTRIES:
            continue
        if _holds_state(value):
            raise ValueError(f"{type(module).__name__}.{name} holds tensors or modules: build this model anew instead.")
        if isinstance(value, _COPIED_CONTAINERS):
            found.append((name, value.copy if value else type(value)))
    return tuple(found)


def _holds_state(value: object) -> bool:
    """Return whether a value is a tensor or module, or contains one."""
    if isinstance(value, (dict, list, tuple, set)):
        return bool(value) and any(map(_holds_state, value.values() if isinstance(value, dict) else value))
    return isinstance(value, (Tensor, nn.Module))


def _copy_tensor(tensor: Tensor | None, memo: dict[int, Any]) -> Tensor | None:
    """Return a copy. Call it under `no_grad()`, for autograd must not record the copying."""
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
