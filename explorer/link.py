"""Read an experiment from a link: whatever the link says, there is an experiment, and a sentence for each doubt."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, get_args

from explorer.catalog import Range, entry
from explorer.choices import CallStyle, GradMode, Hook, HookAction
from explorer.settings import (
    SEEDS,
    ExperimentError,
    check_choice,
    check_decimal,
    check_hooks,
    check_model,
    check_path,
    check_whole,
    shown,
)

DEFAULT_MODEL = "cnn"
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
        return setting(name, default, lambda text: check_decimal(name, _spelled(text, DECIMAL, float), allowed, model))

    model = setting("model", DEFAULT_MODEL, check_model)
    found = entry(model)
    actions = setting("hook", (), lambda text: _actions(text, model))
    places = setting("at", ("",) * len(actions), lambda text: _places(text, model, len(actions)))
    fields = {
        "model": model,
        "call": choice("call", get_args(CallStyle)),
        "training": choice("mode", ("train", "eval")) == "train",
        "grad": choice("grad", get_args(GradMode)),
        "hooks": tuple(Hook(at, action) for at, action in zip(places, actions, strict=False)),
        "seed": whole("seed", SEEDS),
        "batch": whole("batch", found.batch),
        "size": whole("size", found.size),
        "p": decimal("p", found.p),
    }
    return fields, tuple(doubts)


def _actions(text: str, model: str) -> tuple[HookAction, ...]:
    if text == "none":
        return ()
    if entry(model).kind != "module":
        raise ExperimentError(f"{model} is not a module: leave hook out; {shown(text)} was given.")
    hooks = [Hook("", check_choice("hook", action, get_args(HookAction))) for action in text.split(",")]
    return tuple(hook.action for hook in check_hooks(hooks, model))


def _places(text: str, model: str, hooks: int) -> tuple[str, ...]:
    """A path for each hook; with no hook at all, any one path will do."""
    places = tuple(check_path("at", path, model) for path in text.split(","))
    if len(places) != max(hooks, 1):
        raise ExperimentError(f"at must name one module for each hook ({hooks}); {shown(text)} names {len(places)}.")
    return places


def _spelled(text: str, pattern: re.Pattern[str], number: Callable[[str], float]) -> object:
    """The number that the text spells, or else the text itself, which no check takes for a number."""
    return number(text) if pattern.fullmatch(text) else text


def _word(default: Any) -> str:
    """A default in a sentence."""
    if isinstance(default, tuple):  # of places
        return "the outermost module" if default else "none"
    return "none" if default is None else f"{default:g}" if isinstance(default, float) else str(default)
