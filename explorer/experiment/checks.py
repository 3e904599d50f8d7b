"""Check one setting of an experiment at a time: give back its normal form, or say what it may be."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from dataclasses import replace
from difflib import get_close_matches
from numbers import Real
from typing import Any, get_args

from explorer.catalog import Range, entries, entry, submodule_paths
from explorer.catalog.hooks import options
from explorer.catalog.hooks.hook import HOOK_FLAGS, Hook, HookAction, HookKind
from explorer.runtime.call_modes import EntryMode

MAX_HOOKS = 8
SEEDS = Range(default=0, low=0, high=2**31 - 1)
SHOWN = 40  # characters of a refused value
NEAR = 0.5  # how alike two names are, from 0 to 1, for one to be told in place of the other
LISTED = 16  # choices named in one sentence


class ExperimentError(ValueError):
    """A field's value is not one that the experiment can have; the message says what to do."""


def check_model(value: object) -> str:
    """The key of an entry. A wrong one is answered with the nearest, where one is near, and with all of them."""
    keys = tuple(entries())
    if isinstance(value, str) and value in keys:
        return str(value)
    near = get_close_matches(value[:SHOWN].lower(), keys, n=1, cutoff=NEAR) if isinstance(value, str) else []
    nearest = f"; the nearest is {near[0]}" if near else ""
    raise ExperimentError(
        f"model must be one of {len(keys)} names, and {shown(value)} is not one{nearest}. They are {', '.join(keys)}."
    )


def check_choice(name: str, value: object, choices: Sequence[str]) -> Any:
    """The choice that equals the value."""
    if isinstance(value, str):
        for choice in choices:
            if choice == value:
                return choice
    raise ExperimentError(f"{name} must be one of {', '.join(choices)}; {shown(value)} is not one.")


def check_switch(name: str, value: object) -> bool:
    """True or False, and nothing that only counts as such."""
    if not isinstance(value, bool):
        raise ExperimentError(f"{name} must be True or False, not {shown(value)}.")
    return value


def check_path(name: str, value: object, model: str) -> str:
    """The path of a submodule; "" is the outermost module."""
    paths = submodule_paths(model)
    if isinstance(value, str) and value in paths:
        return str(value)
    if not paths:
        raise ExperimentError(f"{model} is not a module: leave {name} out; {shown(value)} was given.")
    inner = [path for path in paths if path]
    raise ExperimentError(
        f"{name} must be empty, for the outermost module, or name a module of {model} ({_listed(inner)}); "
        f"{shown(value)} does not."
    )


def check_hooks(hooks: object, model: str) -> tuple[Hook, ...]:
    """At most MAX_HOOKS hooks that torch registers beside each other."""
    checked = check_each_hook(hooks, model)
    _check_together(checked)
    return checked


def check_each_hook(hooks: object, model: str) -> tuple[Hook, ...]:
    """At most MAX_HOOKS hooks, each on a module that the entry has and with options that torch knows for its kind."""
    if not isinstance(hooks, (tuple, list)) or not all(isinstance(hook, Hook) for hook in hooks):
        raise ExperimentError(f"hooks must be a tuple of Hook; {shown(hooks)} is not.")
    if hooks and entry(model).kind != "module":
        raise ExperimentError(f"{model} is not a module and takes no hooks: leave them out; {shown(hooks)} was given.")
    if len(hooks) > MAX_HOOKS:
        raise ExperimentError(f"hooks may be at most {MAX_HOOKS}; {len(hooks)} are too many.")
    return tuple(_check_hook(hook, model) for hook in hooks)


def _check_together(hooks: Sequence[Hook]) -> None:
    """torch refuses to register a legacy and a full backward hook on one module, or both for every module."""
    kinds: dict[tuple[bool, str], set[str]] = {}
    for hook in hooks:
        kinds.setdefault((hook.is_global, hook.at), set()).add(hook.kind)
    for (is_global, at), found in kinds.items():
        if {"backward", "full_backward"} <= found:
            where = "for every module" if is_global else f"on {at}" if at else "on the outermost module"
            raise ExperimentError(
                f"torch refuses a legacy backward hook beside a full backward hook {where}: choose one of the two."
            )


def _check_hook(hook: Hook, model: str) -> Hook:
    kind: HookKind = check_choice("hook kind", hook.kind, get_args(HookKind))
    for flag in HOOK_FLAGS:
        if not isinstance(getattr(hook, flag), bool):
            raise ExperimentError(f"{flag} of a hook must be True or False, not {shown(getattr(hook, flag))}.")
        if flag != "is_global" and getattr(hook, flag) and flag not in options(kind, hook.is_global):
            which = f"global {kind}" if hook.is_global else kind
            raise ExperimentError(f"torch has no {flag} for {which} hooks: leave it out.")
    if hook.is_global and hook.at:
        raise ExperimentError(f"A global hook is for every module: leave its place out; {shown(hook.at)} was given.")
    return replace(
        hook,
        at=check_path("at", hook.at, model),
        action=check_choice("hook", hook.action, get_args(HookAction)),
        kind=kind,
    )


def check_entry_mode(name: str, value: object, model: str) -> str:
    """The way in; torch compiles and traces modules only."""
    entry_mode = str(check_choice(name, value, get_args(EntryMode)))
    if entry_mode != "eager" and entry(model).kind != "module":
        raise ExperimentError(f"{model} is not a module: leave {name} out; {shown(value)} was given.")
    return entry_mode


def check_whole(name: str, value: object, allowed: Range | None, model: str) -> int | None:
    """A whole number within the bounds; None stands for the default."""
    if allowed is None or value is None:
        return None if (number := _absent(name, value, allowed, model)) is None else int(number)
    try:
        whole = operator.index(value)  # type: ignore[arg-type]
    except TypeError:
        whole = None
    if whole is None or isinstance(value, bool) or not allowed.has(whole):
        raise ExperimentError(f"{name} must be a whole number {_bounds(allowed)}; {shown(value)} is not.")
    return int(whole)


def check_decimal(name: str, value: object, allowed: Range | None, model: str) -> float | None:
    """A number within the bounds, rounded to two decimals; None stands for the default."""
    if allowed is None or value is None:
        return _absent(name, value, allowed, model)
    if not isinstance(value, Real) or isinstance(value, bool) or not allowed.has(_float(value)):
        raise ExperimentError(f"{name} must be a number {_bounds(allowed)}; {shown(value)} is not.")
    return round(float(value), 2) + 0.0  # no negative zero


def _float(value: Real) -> float:
    """NaN for what a float cannot hold."""
    try:
        return float(value)
    except (OverflowError, ValueError):
        return float("nan")


def shown(value: object) -> str:
    """The value as Python writes it, in at most 40 characters."""
    try:
        text = repr(value[:SHOWN] if isinstance(value, str) else value)
    except Exception:  # somebody else's object, or a number of thousands of digits
        return f"a {type(value).__name__}"[:SHOWN]
    cut = len(text) > SHOWN or (isinstance(value, str) and len(value) > SHOWN)
    return text[: SHOWN - 1] + "…" if cut else text


def _absent(name: str, value: object, allowed: Range | None, model: str) -> float | None:
    """The default where the value is None, and None where the entry has no such setting."""
    if allowed is not None:
        return allowed.default
    if value is not None:
        raise ExperimentError(f"{model} has no {name}: leave {name} out; {shown(value)} was given.")
    return None


def _bounds(allowed: Range) -> str:
    return f"from {allowed.low:.10g} to {allowed.high:.10g}"


def _listed(choices: Sequence[str]) -> str:
    named = ", ".join(choices[:LISTED])
    return named if len(choices) <= LISTED else f"{named} and {len(choices) - LISTED} more"
