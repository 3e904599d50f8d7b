"""Hooks in words: what kind one is, where it is registered, and what it does."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from explorer.catalog.hooks.hook import HOOK_FLAGS, Hook, HookAction, HookKind

KINDS: Mapping[HookKind, str] = MappingProxyType(
    {
        "forward": "forward hook",
        "forward_pre": "forward pre-hook",
        "full_backward": "full backward hook",
        "full_backward_pre": "full backward pre-hook",
        "backward": "legacy backward hook",
    }
)
# What a hook is given, and may replace by what it returns.
SUBJECTS: Mapping[HookKind, str] = MappingProxyType(
    {
        "forward_pre": "arguments",
        "forward": "output",
        "full_backward_pre": "gradients of the output",
        "full_backward": "gradients of the input",
        "backward": "gradients of the `grad_fn`'s inputs",
    }
)
ACTIONS: Mapping[HookAction, str] = MappingProxyType(
    {
        "observe": "observe",
        "double": "return twice",
        "zero": "return 0",
        "rebind": "rebind its name",
        "raise": "raise",
    }
)


def kind_of(hook: Hook) -> str:
    """Its kind in words: "global forward hook"."""
    return f"global {KINDS[hook.kind]}" if hook.is_global else KINDS[hook.kind]


def place_of(hook: Hook) -> str:
    """Markdown: "`conv1`", "the outermost module" or "every module"."""
    if hook.is_global:
        return "every module"
    return f"`{hook.at}`" if hook.at else "the outermost module"


def title_of(hook: Hook) -> str:
    """Markdown: "forward hook on `conv1`"; a global one needs no place."""
    return kind_of(hook) if hook.is_global else f"{kind_of(hook)} on {place_of(hook)}"


def options_of(hook: Hook) -> tuple[str, ...]:
    """The options it is registered with, by torch's names: ("with_kwargs",)."""
    return tuple(flag for flag in HOOK_FLAGS if flag != "is_global" and getattr(hook, flag))


def action_sentence(kind: HookKind, action: HookAction) -> str:
    """What a hook of this kind does, as a sentence."""
    subject = SUBJECTS[kind]
    return {
        "observe": "It looks, and returns None.",
        "double": f"It returns twice the {subject}.",
        "zero": "It returns 0: false in a condition, but not None.",
        "rebind": f"It gives its own name for the {subject} another value, and returns None.",
        "raise": "It raises a RuntimeError.",
    }[action]
