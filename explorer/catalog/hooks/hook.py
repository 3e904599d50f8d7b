"""A hook that a reader may register, as plain data."""

from __future__ import annotations

from dataclasses import dataclass

from explorer.catalog.hooks.actions import HookAction
from explorer.catalog.hooks.kinds import HookKind

__all__ = ["HOOK_FLAGS", "Hook", "HookAction", "HookKind"]

HOOK_FLAGS = ("is_global", "with_kwargs", "prepend", "always_call")


@dataclass(frozen=True, slots=True)
class Hook:
    """A hook to register before the call."""

    at: str = ""  # dotted path of the module; "" is the outermost, or every module where the hook is global
    action: HookAction = "observe"  # what it does
    kind: HookKind = "forward"  # by the name of its `register_…_hook`
    is_global: bool = False  # registered by `register_module_…_hook`, for every module of the process
    with_kwargs: bool = False  # whether it is given the keyword inputs
    prepend: bool = False  # whether it goes before those that its module has already
    always_call: bool = False  # whether it runs even where an exception came first
