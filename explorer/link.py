"""Read an experiment from a link: whatever the link says, there is an experiment, and a sentence for each doubt."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, get_args

from explorer.catalog import Range, default_model, entry
from explorer.choices import HOOK_FLAGS, CallStyle, GradMode, Hook, HookAction, HookKind
from explorer.settings import (
    MAX_HOOKS,
    SEEDS,
    ExperimentError,
    check_choice,
    check_decimal,
    check_each_hook,
    check_hooks,
    check_model,
    check_path,
    check_via,
    check_whole,
    shown,
)

SWITCH = ("false", "true")
WHOLE = re.compile(r"[0-9]{1,15}")
DECIMAL = re.compile(r"[0-9]{1,15}(\.[0-9]{0,15})?|\.[0-9]{1,15}")


def read(params: Mapping[str, str]) -> tuple[dict[str, Any], tuple[str, ...]]:
    """The fields of an Experiment, all valid, and a sentence for each parameter that was not understood.

    Never raises; see `Experiment.from_params`.
    """
    doubts: list[str] = []

    def setting(name: str, default: Any, check: Callable[[str], Any]) -> Any:
        """The parameter's checked value; where it is missing or refused, the default."""
        if name not in params:
            return default
        try:
            return check(str(params[name]))
        except ExperimentError as error:
            doubts.append(f"{error} Used instead: {_word(default)}.")
            return default

    def choice(name: str, choices: tuple[str, ...]) -> Any:
        return setting(name, choices[0], lambda text: check_choice(name, text, choices))

    def whole(name: str, allowed: Range | None) -> Any:
        default = None if allowed is None else int(allowed.default)
        return setting(name, default, lambda text: check_whole(name, _spelled(text, WHOLE, int), allowed, model))

    def decimal(name: str, allowed: Range | None) -> Any:
        default = None if allowed is None else allowed.default
        found = setting(name, default, lambda text: check_decimal(name, _spelled(text, DECIMAL, float), allowed, model))
        given = _spelled(str(params.get(name, "")), DECIMAL, float)
        if isinstance(given, float) and given != found and round(given, 2) == found:
            doubts.append(f"{name} has two decimals; {shown(params[name])} has more. Used instead: {found:g}.")
        return found

    model = setting("model", default_model(), check_model)
    found = entry(model)
    hooks = setting("hook", (), lambda text: _hooks(text, model))
    hooks = setting("at", hooks, lambda text: _placed(text, model, hooks))
    try:
        check_hooks(hooks, model)
    except ExperimentError as error:  # each would do alone
        doubts.append(f"{error} Used instead: no hook.")
        hooks = ()
    fields = {
        "model": model,
        "call": choice("call", get_args(CallStyle)),
        "training": choice("mode", ("train", "eval")) == "train",
        "grad": choice("grad", get_args(GradMode)),
        "hooks": hooks,
        "seed": whole("seed", SEEDS),
        "batch": whole("batch", found.batch),
        "size": whole("size", found.size),
        "p": decimal("p", found.p),
        "keyword": choice("keyword", SWITCH) == "true",
        "via": setting("via", "eager", lambda text: check_via(text, model)),
        "backward": choice("backward", SWITCH) == "true",
    }
    return fields, tuple(doubts)


def spell_hook(hook: Hook) -> str:
    """A hook without its place, as "double", "forward_pre:with_kwargs:double" or "is_global:observe"."""
    kind = [] if hook.kind == Hook().kind else [hook.kind]
    return ":".join([*kind, *(flag for flag in HOOK_FLAGS if getattr(hook, flag)), hook.action])


def _hooks(text: str, model: str) -> tuple[Hook, ...]:
    """Hooks on the outermost module; their places are a parameter of their own."""
    if text == "none":
        return ()
    if entry(model).kind != "module":
        raise ExperimentError(f"{model} is not a module: leave hook out; {shown(text)} was given.")
    return check_each_hook([_hook(word) for word in text.split(",")[: MAX_HOOKS + 1]], model)


def _hook(text: str) -> Hook:
    *words, action = text.split(":")
    fields: dict[str, Any] = {"action": check_choice("hook", action, get_args(HookAction))}
    for word in words:
        check_choice("hook", word, (*get_args(HookKind), *HOOK_FLAGS))
        name, value = (word, True) if word in HOOK_FLAGS else ("kind", word)
        if name in fields:
            raise ExperimentError(f"hook names one kind and each option once; {shown(text)} does not.")
        fields[name] = value
    return Hook(**fields)


def _placed(text: str, model: str, hooks: tuple[Hook, ...]) -> tuple[Hook, ...]:
    """The hooks, each at its path; with no hook at all, any one path will do."""
    places = text.split(",")
    if len(places) != max(len(hooks), 1):
        raise ExperimentError(
            f"at must name one module for each hook ({len(hooks)}); {shown(text)} names {len(places)}."
        )
    for path in places:
        check_path("at", path, model)
    return check_each_hook([replace(hook, at=path) for hook, path in zip(hooks, places, strict=False)], model)


def _spelled(text: str, pattern: re.Pattern[str], number: Callable[[str], float]) -> object:
    """The number that the text spells, or else the text itself, which no check takes for a number."""
    return number(text) if pattern.fullmatch(text) else text


def _word(default: Any) -> str:
    """A default in a sentence."""
    if isinstance(default, tuple):  # of hooks
        return "the outermost module" if default else "none"
    return "none" if default is None else f"{default:g}" if isinstance(default, float) else str(default)
