"""The modules of a model with their parameters and buffers, found without running any code of the model's.

`named_modules` and its like are methods, and a class may override them otherwise than torch calls them.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice
from typing import Any, Literal

import torch
from torch import Tensor, nn

from explorer.runtime.plain_reads import is_a, state_of_module, well_formed
from explorer.runtime.plain_tensors import is_class_of_torch

NEWEST = 8  # modules of one that are looked at for one that was registered just now

Registry = Literal["_modules", "_parameters", "_buffers"]


def modules_of(target: Any) -> dict[str, nn.Module]:
    """Return dotted path → module, for each path at which one is registered; "" is the target itself.

    Of a module that is registered in several places each has its path, and those below it have theirs below the first
    place: where modules share others, all paths together may be more than can be counted.

    Returns {} for what is no module. A module whose class left out `super().__init__()` has no registries, and is left
    out.
    """
    found: dict[str, nn.Module] = {}
    if is_a(target, nn.Module):
        _walk(target, found)
    return found


def parameters_of(modules: Mapping[str, nn.Module]) -> dict[str, Tensor]:
    """Return dotted name → parameter, each once, in the order of the modules."""
    return _tensors_of(modules, "_parameters")


def buffers_of(modules: Mapping[str, nn.Module]) -> dict[str, Tensor]:
    """Return dotted name → buffer, each once, in the order of the modules."""
    return _tensors_of(modules, "_buffers")


def buffer_slots(modules: Mapping[str, nn.Module]) -> dict[str, Tensor | None]:
    """Return dotted name → what is registered as a buffer there, which may be None, or have another name too."""
    found: dict[str, Tensor | None] = {}
    for path, module in modules.items():
        for name, held in _pairs(_registered(module, "_buffers") or {}):
            if held is None or is_a(held, Tensor):
                found[_start(path) + name] = held
    return found


def newest_path(owner: nn.Module, path: str, wanted: nn.Module) -> str | None:
    """Return the dotted path of a module among the last that are registered in another one, or in one of these.

    path: of the other one. Returns None where it is not there. Takes the same time however many modules there are.
    """
    start = _start(path)
    for name, child in _newest(owner):
        if child is wanted:
            return start + name
        for inner, grandchild in _newest(child):
            if grandchild is wanted:
                return f"{start}{name}.{inner}"
    return None


def _newest(module: Any) -> list[tuple[str, Any]]:
    registry: Any = _registered(module, "_modules") if is_a(module, nn.Module) else None
    if not is_a(registry, dict):
        return []
    return [(name, child) for name, child in islice(reversed(dict.items(registry)), NEWEST) if type(name) is str]


def _walk(target: nn.Module, found: dict[str, nn.Module]) -> None:
    """Add a module and those below it; one that contains itself, or is met again, is not entered again.

    A stack of its own instead of calls: modules may be nested deeper than Python's calls can be.
    """
    entered: set[int] = set()  # ids of those whose modules were added
    waiting: list[tuple[str, nn.Module, tuple[Any, ...]]] = [("", target, ())]
    while waiting:
        path, module, above = waiting.pop()
        children = _registered(module, "_modules")
        if children is None:
            continue
        found[path] = module
        if id(module) in entered:
            continue
        entered.add(id(module))
        if type(children) is dict and not children:  # of most modules
            continue
        inside, start = (id(module), above), _start(path)
        waiting += [
            (start + name, child, inside)
            for name, child in reversed(_pairs(children))
            if is_a(child, nn.Module) and not _contains(inside, id(child))
        ]


def _contains(chain: tuple[Any, ...], identity: int) -> bool:
    """Return whether an id is in a chain of (id, the rest of the chain)."""
    while chain:
        if chain[0] == identity:
            return True
        chain = chain[1]
    return False


def _tensors_of(modules: Mapping[str, nn.Module], registry: Registry) -> dict[str, Tensor]:
    found: dict[str, Tensor] = {}
    seen: set[int] = set()
    for path, module in modules.items():
        tensors = _registered(module, registry)
        if tensors is None or (type(tensors) is dict and not tensors):
            continue
        start = _start(path)
        for name, tensor in _pairs(tensors):
            if tensor is not None and is_a(tensor, Tensor) and id(tensor) not in seen:
                seen.add(id(tensor))
                found[start + name] = tensor
    return found


def _registered(module: nn.Module, registry: Registry) -> Mapping[str, Any] | None:
    """Return a registry; None where the module was never initialised. A traced module keeps its own in a script."""
    state = state_of_module(module)
    found = state.get(registry)
    if type(found) is dict and "_actual_script_module" not in state:  # of most modules
        return found
    script = state.get("_actual_script_module")
    if script is not None and is_a(module, torch.jit.ScriptModule) and is_a(script, nn.Module):
        state = state_of_module(script)
    found = state.get(registry)
    return found if is_a(found, dict) or is_class_of_torch(type(found)) else None


def _pairs(registry: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """Return the names and values in a registry. That of a script is no dict, but has items."""
    pairs = dict.items(registry) if isinstance(registry, dict) else registry.items()
    return [(name if name.isascii() else well_formed(name), value) for name, value in pairs if type(name) is str]


def _start(path: str) -> str:
    """Return what the dotted names in a module begin with."""
    return path + "." if path else ""
