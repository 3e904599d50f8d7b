"""Hooks in words: which kind one is, where it is registered, and what it does."""

from __future__ import annotations

from explorer.catalog.hooks.actions import ACTIONS
from explorer.catalog.hooks.hook import HOOK_FLAGS, Hook, HookAction, HookKind
from explorer.catalog.hooks.kinds import KINDS


def kind_of(hook: Hook) -> str:
    """Return its kind in words: "global forward hook"."""
    title = KINDS[hook.kind].title
    return f"global {title}" if hook.is_global else title


def location_of(hook: Hook) -> str:
    """Return the module that it is registered on, as Markdown: "`conv1`", "the outermost module" or "every module"."""
    if hook.is_global:
        return "every module"
    return f"`{hook.at}`" if hook.at else "the outermost module"


def title_of(hook: Hook) -> str:
    """Return its kind and its location, as Markdown: "forward hook on `conv1`"; a global one needs no location."""
    return kind_of(hook) if hook.is_global else f"{kind_of(hook)} on {location_of(hook)}"


def options_of(hook: Hook) -> tuple[str, ...]:
    """Return the options that it is registered with, by torch's names: ("with_kwargs",)."""
    return tuple(flag for flag in HOOK_FLAGS if flag != "is_global" and getattr(hook, flag))


def action_sentence(kind: HookKind, action: HookAction) -> str:
    """Return what a hook of this kind does, as a sentence."""
    return ACTIONS[action].sentence.format(subject=KINDS[kind].subject)
