"""Read an experiment from a link: whatever the link says, there is an experiment, and a sentence for each doubt."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, get_args

from explorer.catalog import Range, default_model, entry
from explorer.experiment.checks import (
    SEEDS,
    ExperimentError,
    check_choice,
    check_decimal,
    check_entry_mode,
    check_model,
    check_whole,
    shown,
)
from explorer.experiment.hook_parameters import hooks_of
from explorer.runtime.call_modes import CallStyle, GradMode

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
            doubts.append(f"{error} Used instead: {'none' if default is None else default}.")
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
    hooks = hooks_of(params, model, doubts)
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
        "entry_mode": setting("via", "eager", lambda text: check_entry_mode("via", text, model)),
        "backward": choice("backward", SWITCH) == "true",
    }
    return fields, tuple(doubts)


def _spelled(text: str, pattern: re.Pattern[str], number: Callable[[str], float]) -> object:
    """The number that the text spells, or else the text itself, which no check takes for a number."""
    return number(text) if pattern.fullmatch(text) else text
