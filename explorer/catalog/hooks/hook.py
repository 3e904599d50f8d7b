"""A hook that a reader may register, as plain data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

# What a hook does: look, return twice what it was given, return 0, assign to its own argument, raise.
HookAction = Literal["observe", "double", "zero", "rebind", "raise"]
# torch's kinds of hooks by the names of their `register_…_hook`; "backward" is the legacy one.
HookKind = Literal["forward", "forward_pre", "full_backward", "full_backward_pre", "backward"]

HOOK_FLAGS = ("is_global", "with_kwargs", "prepend", "always_call")


@dataclass(frozen=True, slots=True)
class Hook:
    """A hook to register before the call."""

    at: str = ""  # dotted path of the module; "" is the outermost, or every module where the hook is global
    action: HookAction = "observe"
    kind: HookKind = "forward"
    is_global: bool = False  # registered by `register_module_…_hook`, for every module of the process
    with_kwargs: bool = False
    prepend: bool = False
    always_call: bool = False
