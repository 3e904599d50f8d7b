"""Which function stands for which hook, and how torch is told of it."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from types import FunctionType, MappingProxyType, ModuleType
from typing import Any

from torch import nn
from torch.nn.modules import module as module_source
from torch.utils.hooks import RemovableHandle

from explorer.catalog.hooks import backward, backward_pre, forward, forward_pre
from explorer.catalog.hooks.hook import Hook, HookKind

FUNCTIONS: Mapping[HookKind, ModuleType] = MappingProxyType(
    {
        "forward": forward,
        "forward_pre": forward_pre,
        "full_backward": backward,
        "full_backward_pre": backward_pre,
        "backward": backward,
    }
)
NAMES = MappingProxyType({"raise": "fail"})  # an action whose name no function can have
MARK = "#"  # between the name of a hook's function and its number


@cache
def options(kind: HookKind, is_global: bool) -> frozenset[str]:
    """The options that the installed torch takes for hooks of this kind: of with_kwargs, prepend, always_call."""
    return frozenset(inspect.signature(_registrar(nn.Module, kind, is_global)).parameters) - {"self", "hook"}


def register(model: nn.Module, hooks: Iterable[Hook]) -> list[RemovableHandle]:
    """Register each hook in order; `handle.remove()` takes it off again.

    Each is a function of its own, with its place in the order in its qualified name: "double#2". A global hook is
    for every module of the process: wants `torch_state.isolated` around.

    Raises AttributeError where the model has no submodule at a hook's path, RuntimeError where torch refuses a hook.
    """
    handles = []
    for number, hook in enumerate(hooks, 1):
        registrar = _registrar(model.get_submodule(hook.at), hook.kind, hook.is_global)
        chosen = {name: True for name in options(hook.kind, hook.is_global) if getattr(hook, name)}
        handles.append(registrar(_numbered(function_of(hook), number), **chosen))
    return handles


def function_of(hook: Hook) -> FunctionType:
    """The function, as it stands in its file, that this hook is."""
    name = NAMES.get(hook.action, hook.action) + ("_with_kwargs" if hook.with_kwargs else "")
    found: FunctionType = getattr(FUNCTIONS[hook.kind], name)
    return found


def number_of(function: str) -> int | None:
    """Which of the registered hooks, from 1, a frame's function is; None where it is none of them."""
    number = function.rpartition(MARK)[2]
    return int(number) if MARK in function and number.isdigit() else None


def _registrar(owner: Any, kind: HookKind, is_global: bool) -> Callable[..., RemovableHandle]:
    name = f"register_module_{kind}_hook" if is_global else f"register_{kind}_hook"
    found: Callable[..., RemovableHandle] = getattr(module_source if is_global else owner, name)
    return found


def _numbered(function: FunctionType, number: int) -> FunctionType:
    """The same function with a code object of its own, so that a trace tells one hook from another."""
    code = function.__code__.replace(co_qualname=f"{function.__qualname__}{MARK}{number}")
    return FunctionType(code, function.__globals__, function.__name__, function.__defaults__, function.__closure__)
