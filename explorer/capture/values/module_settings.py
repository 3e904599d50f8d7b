"""What a module is called, with its settings: `Linear(in_features=10, out_features=2, bias=True)`.

The settings are asked for while the module is there, and spelled when somebody reads them: a run has dozens of modules.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, NamedTuple

from torch import nn

from explorer.record import Summary

TEXT = 120  # characters
_BASE = tuple(vars(nn.Module()))  # what every module has, in this order, before its settings
_BEFORE = len(_BASE)
_PLAIN = frozenset({int, float, bool, str, tuple, type(None)})
_LAYERS = "torch.nn.modules."
_CONTAINERS = "torch.nn.modules.container"  # they describe what they hold, as may whatever has submodules


class Settings(NamedTuple):
    """A module of torch's own without its tensors."""

    kind: type[nn.Module]
    names: tuple[str, ...]
    values: tuple[Any, ...]
    parameters: dict[str, bool | None]  # by name; None for one that it does without

    def summary(self) -> Summary:
        """The summary of the module that these are of."""
        stand_in: Any = self.kind.__new__(self.kind)
        settings = zip(self.names, self.values, strict=True)
        vars(stand_in).update(settings, _parameters=self.parameters, _buffers={}, _modules={})
        return summary_of_module(stand_in)


def settings_of(module: nn.Module) -> Settings | Summary:
    """What is needed to spell the summary later, where that is little; else the summary.

    Only torch's own classes are asked for their settings.
    """
    kind = type(module)
    state = vars(module)
    layer = kind.__module__.startswith(_LAYERS) and kind.__module__ != _CONTAINERS
    if layer and not state.get("_modules") and _is_torchs(kind, kind.extra_repr):  # type: ignore[arg-type]
        names, values = tuple(state), tuple(state.values())[_BEFORE:]
        if names[:_BEFORE] == _BASE and _PLAIN.issuperset(map(type, values)):
            parameters = {name: None if each is None else True for name, each in state["_parameters"].items()}
            return Settings(kind, names[_BEFORE:], values, parameters)
    return summary_of_module(module)


def summary_of_module(module: nn.Module) -> Summary:
    """Class and settings; never raises."""
    name = type(module).__name__
    try:
        if _is_torchs(type(module), type(module).extra_repr):  # type: ignore[arg-type]
            return Summary(name, f"{name}({module.extra_repr()})"[:TEXT])
        return Summary(name, f"{name}(…)" if vars(module).get("_modules") else f"{name}()")
    except Exception:  # it is not whole
        return Summary(name, name)


@lru_cache(maxsize=1024)
def _is_torchs(kind: type[nn.Module], extra_repr: object) -> bool:
    """extra_repr: the class's own, which somebody may have replaced.

    Called with an ignored type error: mypy takes `object.__hash__` for the class's own.
    """
    return kind.__module__.startswith("torch.nn.") and extra_repr.__module__.startswith("torch.")
