"""The two forward hooks a reader may register, written as a beginner would write them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any

from torch import Tensor, nn
from torch.utils.hooks import RemovableHandle

from explorer.choices import Hook


def observe(module: nn.Module, args: tuple[Any, ...], output: Any) -> None:
    return  # None: the output stays as it is


def double(module: nn.Module, args: tuple[Any, ...], output: Any) -> Any:
    if isinstance(output, Tensor):
        return output * 2  # returned, so it replaces the output
    if isinstance(output, tuple):  # an LSTM returns (output, (hidden, cell))
        return tuple(double(module, args, item) for item in output)
    return output  # an attention layer returns None beside its output


ACTIONS: Mapping[str, Any] = MappingProxyType({"observe": observe, "double": double})


def register(model: nn.Module, hooks: Iterable[Hook]) -> list[RemovableHandle]:
    """Register each hook on the submodule at its path, in order; `handle.remove()` takes it off again.

    Raises AttributeError where the model has no submodule at that path.
    """
    return [model.get_submodule(hook.at).register_forward_hook(ACTIONS[hook.action]) for hook in hooks]
