"""The modules of a model with their parameters and buffers, found without running any code of the model's.

`named_modules` and its like are methods, and a class may override them otherwise than torch calls them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from torch import Tensor, nn

Registry = Literal["_modules", "_parameters", "_buffers"]


def modules_of(target: Any) -> dict[str, nn.Module]:
    """Return dotted path → module, for each path at which one is registered; "" is the target itself.

    Returns {} for what is no module. A module whose class left out `super().__init__()` has no registries, and is left
    out.
    """
    found: dict[str, nn.Module] = {}
    if isinstance(target, nn.Module):
        _walk(target, "", (), found)
    return found


def parameters_of(modules: Mapping[str, nn.Module]) -> dict[str, Tensor]:
    """Return dotted name → parameter, each once, in the order of the modules."""
    return _tensors_of(modules, "_parameters")


def buffers_of(modules: Mapping[str, nn.Module]) -> dict[str, Tensor]:
    """Return dotted name → buffer, each once, in the order of the modules."""
    return _tensors_of(modules, "_buffers")


def _walk(module: nn.Module, path: str, above: tuple[int, ...], found: dict[str, nn.Module]) -> None:
    """Add a module and those below it.

    above: ids of the modules that lead here; one that contains itself is not entered again.
    """
    children = _registered(module, "_modules")
    if children is None:
        return
    found[path] = module
    if not children:
        return
    above, start = (*above, id(module)), _start(path)
    for name, child in children.items():
        if isinstance(child, nn.Module) and id(child) not in above:
            _walk(child, start + name, above, found)


def _tensors_of(modules: Mapping[str, nn.Module], registry: Registry) -> dict[str, Tensor]:
    found: dict[str, Tensor] = {}
    seen: set[int] = set()
    for path, module in modules.items():
        tensors = _registered(module, registry)
        if not tensors:
            continue
        start = _start(path)
        for name, tensor in tensors.items():
            if tensor is not None and id(tensor) not in seen:
                seen.add(id(tensor))
                found[start + name] = tensor
    return found


def _registered(module: nn.Module, registry: Registry) -> Mapping[str, Any] | None:
    """Return a registry; None where the module was never initialised. That of a script is no dict, but has items."""
    found: Mapping[str, Any] | None = getattr(module, registry, None)
    return found


def _start(path: str) -> str:
    """Return what the dotted names in a module begin with."""
    return path + "." if path else ""
