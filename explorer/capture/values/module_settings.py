"""What a module is called, with its settings: `Linear(in_features=10, out_features=2, bias=True)`.

The settings are read while the module is there, and made into text when the record is read: a run has dozens of them.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, NamedTuple

from torch import nn

from explorer.record import Summary

TEXT = 120  # characters
_BASE_NAMES = tuple(vars(nn.Module()))  # what every module has, in this order, before its settings
_BEFORE = len(_BASE_NAMES)
_PLAIN = frozenset({int, float, bool, str, tuple, type(None)})
_LAYERS = "torch.nn.modules."
_CONTAINER_MODULES = "torch.nn.modules.container"  # they describe what they hold, as may whatever has submodules


class ModuleSettings(NamedTuple):
    """A module of one of torch's classes, without its tensors."""

    kind: type[nn.Module]
    names: tuple[str, ...]
    values: tuple[Any, ...]
    parameters: dict[str, bool | None]  # by name; None for one that it does without

    def summary(self) -> Summary:
        """Return the summary of the module that these are the settings of."""
        stand_in: Any = self.kind.__new__(self.kind)
        settings = zip(self.names, self.values, strict=True)
        vars(stand_in).update(settings, _parameters=self.parameters, _buffers={}, _modules={})
        return summary_of_module(stand_in)


def settings_of(module: nn.Module) -> ModuleSettings | Summary:
    """Return what is needed to make the summary later, where that is little; otherwise the summary.

    Only torch's classes are asked for their settings: a user's `extra_repr` is not run.
    """
    kind = type(module)
    state = vars(module)
    layer = kind.__module__.startswith(_LAYERS) and kind.__module__ != _CONTAINER_MODULES
    if layer and not state.get("_modules") and _is_torch_class(kind, kind.extra_repr):  # type: ignore[arg-type]
        names, values = tuple(state), tuple(state.values())[_BEFORE:]
        if names[:_BEFORE] == _BASE_NAMES and _PLAIN.issuperset(map(type, values)):
            parameters = {name: None if each is None else True for name, each in state["_parameters"].items()}
            return ModuleSettings(kind, names[_BEFORE:], values, parameters)
    return summary_of_module(module)


def summary_of_module(module: nn.Module) -> Summary:
    """Return class and settings; never raises."""
    name = type(module).__name__
    try:
        if _is_torch_class(type(module), type(module).extra_repr):  # type: ignore[arg-type]
            return Summary(name, f"{name}({module.extra_repr()})"[:TEXT])
        return Summary(name, f"{name}(…)" if vars(module).get("_modules") else f"{name}()")
    except Exception:  # it is not whole
        return Summary(name, name)


@lru_cache(maxsize=1024)
def _is_torch_class(kind: type[nn.Module], extra_repr: object) -> bool:
    """Return whether a class and its `extra_repr`, which may have been replaced, are torch's."""
    return kind.__module__.startswith("torch.nn.") and extra_repr.__module__.startswith("torch.")
