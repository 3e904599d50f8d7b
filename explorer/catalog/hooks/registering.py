"""Register hooks with torch, and tell afterwards which frame is which hook's."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable
from functools import cache
from types import FunctionType
from typing import Any

from torch import nn
from torch.nn.modules import module as module_source
from torch.utils.hooks import RemovableHandle

from explorer.catalog.hooks.actions import ACTIONS
from explorer.catalog.hooks.hook import Hook, HookKind
from explorer.catalog.hooks.kinds import KINDS

NUMBER_SIGN = "#"  # between the name of a hook's function and its number


@cache
def options(kind: HookKind, is_global: bool) -> frozenset[str]:
    """Return which of with_kwargs, prepend and always_call the installed torch takes for hooks of this kind."""
    return frozenset(inspect.signature(_register_function(nn.Module, kind, is_global)).parameters) - {"self", "hook"}


def register(model: nn.Module, hooks: Iterable[Hook]) -> list[RemovableHandle]:
    """Register each hook in order; `handle.remove()` takes it off again.

    Each is a function of its own, with its number in the qualified name: "double#2" is the second hook. Call it inside
    `isolated()` where a hook is global: such a hook is for every module of the process.

    Raises AttributeError where the model has no submodule at a hook's path, RuntimeError where torch refuses a hook.
    """
    handles = []
    for number, hook in enumerate(hooks, 1):
        register_one = _register_function(model.get_submodule(hook.at), hook.kind, hook.is_global)
        chosen = {name: True for name in options(hook.kind, hook.is_global) if getattr(hook, name)}
        handles.append(register_one(_numbered(function_of(hook), number), **chosen))
    return handles


def function_of(hook: Hook) -> FunctionType:
    """Return the function that this hook is, as it stands in its file."""
    name = ACTIONS[hook.action].function + ("_with_kwargs" if hook.with_kwargs else "")
    found: FunctionType = getattr(KINDS[hook.kind].functions, name)
    return found


def hook_number(function: str) -> int | None:
    """Return which of the registered hooks, from 1, a frame with this qualified name runs; None where it is none."""
    number = function.rpartition(NUMBER_SIGN)[2]
    return int(number) if NUMBER_SIGN in function and number.isdigit() else None


def _register_function(owner: Any, kind: HookKind, is_global: bool) -> Callable[..., RemovableHandle]:
    """Return torch's function that registers hooks of this kind on the owner, or for every module."""
    name = f"register_module_{kind}_hook" if is_global else f"register_{kind}_hook"
    found: Callable[..., RemovableHandle] = getattr(module_source if is_global else owner, name)
    return found


def _numbered(function: FunctionType, number: int) -> FunctionType:
    """Return the same function with a code object of its own, so that a trace tells one hook from another."""
    code = function.__code__.replace(co_qualname=f"{function.__qualname__}{NUMBER_SIGN}{number}")
    return FunctionType(code, function.__globals__, function.__name__, function.__defaults__, function.__closure__)
