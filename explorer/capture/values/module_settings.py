"""What a module is called, with its settings: `Linear(in_features=10, out_features=2, bias=True)`.

The settings are taken while the module is there, and made into text when the record is read: a run has dozens of them.
Only torch's classes are asked for their text, and none of a caller's objects takes part in it.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from types import FunctionType
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from explorer.record import Summary
from explorer.runtime.plain_reads import (
    bases_of,
    class_attribute,
    is_a,
    module_name_of_class,
    name_of_class,
    state_of_module,
)
from explorer.runtime.plain_tensors import is_class_of_torch, plain_registry
from explorer.torch_source.files import TORCH_FOLDER
from explorer.wording import shortened

TEXT = 120  # characters
# A text may be made of the submodules, and of theirs. No deeper: a module may be registered in itself.
INNER_DEPTH = 2
BASE_NAMES = tuple(vars(nn.Module()))  # what every module has, in this order, before its settings
_BEFORE = len(BASE_NAMES)
_PLAIN = frozenset(map(id, (int, float, bool, str, type(None), complex, torch.Size, torch.dtype, torch.device)))
_CONTAINER_MODULES = "torch.nn.modules.container"  # they describe the tensors that they hold
_PARAMETRIZED = "torch.nn.utils.parametrize"  # where torch derives a class from that of the module


class ModuleState(NamedTuple):
    """A module's attributes at one moment: the very objects. A tuple is quick to make, and to compare."""

    kind: type[nn.Module]
    names: tuple[str, ...]
    values: tuple[Any, ...]
    parameters: tuple[tuple[str, Any], ...]
    buffers: tuple[tuple[str, Any], ...]
    submodules: tuple[tuple[str, Any], ...]


class ModuleSettings(NamedTuple):
    """A module of one of torch's classes, without its tensors and what it holds of the caller's."""

    kind: type[nn.Module]
    name: str  # of the class
    settings: dict[str, Any]
    parameters: dict[str, Any]  # True in the place of a tensor; None for one that it does without
    submodules: dict[str, ModuleSettings]  # where the text may be made of theirs

    def summary(self) -> Summary:
        """Return the summary of the module that these are the settings of; never raises."""
        try:
            return Summary(self.name, shortened(f"{self.name}({self._stand_in().extra_repr()})", TEXT))
        except Exception:  # it is not whole
            return Summary(self.name, shortened(self.name, TEXT))

    def _stand_in(self) -> nn.Module:
        made = object.__new__(self.kind)
        inner = {name: each._stand_in() for name, each in self.submodules.items()}
        state_of_module(made).update(self.settings, _parameters=self.parameters, _buffers={}, _modules=inner)
        return made


class _Unread:
    """Stands for an object that the text of a module may not be made of."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __repr__(self) -> str:
        return f"<{self._name}>"

    def __eq__(self, other: object) -> bool:
        return type(other) is _Unread and other._name == self._name

    def __hash__(self) -> int:
        return hash(self._name)


def state_of(module: nn.Module) -> ModuleState:
    """Return what a module's attributes are now."""
    state = state_of_module(module)
    parameters, buffers, submodules = state.get("_parameters"), state.get("_buffers"), state.get("_modules")
    return ModuleState(
        type(module),
        tuple(state),
        tuple(state.values()),
        tuple(parameters.items()) if type(parameters) is dict else (),
        tuple(buffers.items()) if type(buffers) is dict else (),
        tuple(submodules.items()) if type(submodules) is dict else _as_one(plain_registry(submodules)),
    )


def _as_one(registry: Mapping[str, Any]) -> tuple[tuple[str, Any], ...]:
    """Return what stands for a registry that is no dict, as a script has: its items are made anew each time."""
    return (("", registry),) if registry else ()


def settings_of(state: ModuleState, depth: int = 0) -> ModuleSettings | Summary:
    """Return what is needed to make the summary later, of a class of torch's; otherwise the summary.

    depth: how many modules it is read for the sake of, each inside of the one before.
    """
    kind = state.kind
    name = name_of_class(kind)
    describe = class_attribute(kind, "extra_repr")
    known: type[nn.Module] | None = None
    if type(kind) is type and type(describe) is FunctionType:  # others need not have a hash
        known = _described(kind, describe)  # type: ignore[arg-type]
    if known is None:
        return Summary(name, shortened(f"{name}({'…' if state.submodules else ''})", TEXT))
    first = _BEFORE if state.names[:_BEFORE] == BASE_NAMES else 0
    settings = dict(zip(state.names[first:], state.values[first:], strict=True))
    for each in _NOT_SETTINGS.intersection(settings) if first == 0 else ("extra_repr",):
        settings.pop(each, None)
    if not _PLAIN.issuperset(map(id, map(type, settings.values()))):
        settings = {each: value if id(type(value)) in _PLAIN else _inert(value) for each, value in settings.items()}
    if module_name_of_class(known) == _CONTAINER_MODULES:
        parameters: dict[str, Any] = dict(state.parameters)
        if all(is_class_of_torch(type(each)) for each in parameters.values() if is_a(each, Tensor)):
            return ModuleSettings(known, name, settings, parameters, {}).summary()
    parameters = {each: None if value is None else True for each, value in state.parameters}
    inner = _inner(state, depth + 1) if depth < INNER_DEPTH and reads_submodules(state) else {}
    return ModuleSettings(known, name, settings, parameters, inner)


def reads_submodules(state: ModuleState) -> bool:
    """Return whether a module's text may be made of what its submodules are, too."""
    return bool(state.submodules) and class_attribute(state.kind, "extra_repr") is not nn.Module.extra_repr


def _inner(state: ModuleState, depth: int) -> dict[str, ModuleSettings]:
    found = {name: settings_of(state_of(each), depth) for name, each in state.submodules if is_a(each, nn.Module)}
    return {name: each for name, each in found.items() if isinstance(each, ModuleSettings)}


def summary_of_module(module: nn.Module) -> Summary:
    """Return class and settings; never raises."""
    found = settings_of(state_of(module))
    return found.summary() if isinstance(found, ModuleSettings) else found


# Held by every module, and told by none; `extra_repr` here is one that was put on the object itself.
_NOT_SETTINGS = frozenset(BASE_NAMES) | {"extra_repr"}


def _inert(value: Any, depth: int = 0) -> Any:
    """Return a value that nothing of the caller's is run by: a plain one as it is, or what stands for it."""
    kind = type(value)
    if id(kind) in _PLAIN:
        return value
    if (kind is tuple or kind is list) and _PLAIN.issuperset(map(id, map(type, value))):
        return value if kind is tuple else [*value]
    if (kind is tuple or kind is list) and depth < 3:
        return kind([_inert(each, depth + 1) for each in value])
    if kind is dict and depth < 3 and {id(type(key)) for key in value} <= _PLAIN:
        return {key: _inert(each, depth + 1) for key, each in value.items()}
    return _Unread(name_of_class(kind))


@lru_cache(maxsize=1024)
def _described(kind: type[nn.Module], describe: FunctionType) -> type[nn.Module] | None:
    """Return the class of torch's that a module of this class describes itself by; None where none of it is torch's.

    describe: its `extra_repr`, which may have been replaced.

    A class that `torch.nn.utils.parametrize` derives from one of torch's has properties that run the caller's code.
    """
    bases: tuple[Any, ...] = bases_of(kind)
    if module_name_of_class(kind) == _PARAMETRIZED and not is_class_of_torch(kind):
        bases = bases[1:]
    if not module_name_of_class(bases[0]).startswith("torch.nn."):
        return None
    if not all(is_class_of_torch(each) for each in bases if issubclass(each, nn.Module)):
        return None
    if not describe.__code__.co_filename.startswith(TORCH_FOLDER):
        return None
    found: type[nn.Module] = bases[0]
    return found
