"""Whether one attribute of a module is another object, in the same time however many the module has."""

from __future__ import annotations

from typing import Any

from torch import nn

from explorer.runtime.plain_reads import state_of_module

Marks = tuple[int, ...]
_MISSING = object()
_REGISTRIES = ("_parameters", "_buffers", "_modules")


def marks_of(module: nn.Module, name: Any) -> Marks | None:
    """Return what differs once an attribute is another object, or is registered or removed; None where that is unknown.

    name: of the one attribute that may change. A module's registries are looked at by their sizes, and for that name.
    """
    state = state_of_module(module)
    held = [state.get(each) for each in _REGISTRIES]
    if type(name) is not str or not all(each is None or type(each) is dict for each in held):
        return None
    found = [id(type(module)), len(state), id(state.get(name, _MISSING))]
    for registry in held:
        found += [id(registry)] if registry is None else [id(registry), len(registry), id(registry.get(name, _MISSING))]
    return tuple(found)
