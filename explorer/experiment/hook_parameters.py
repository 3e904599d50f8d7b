"""The hooks of a link: two of its parameters, `hook` and `at`, each with a word for every hook.

A word that is refused costs its own hook, and a place that is refused moves its own hook to the outermost module.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, get_args

from explorer.catalog import entry
from explorer.catalog.hooks.hook import HOOK_FLAGS, Hook, HookAction, HookKind
from explorer.experiment.checks import (
    MAX_HOOKS,
    ExperimentError,
    check_choice,
    check_each_hook,
    check_hooks,
    check_path,
    shown,
)
from explorer.wording import listed

OUTERMOST = ""


def hook_to_text(hook: Hook) -> str:
    """A hook without its place, as "double", "forward_pre:with_kwargs:double" or "is_global:observe"."""
    kind = [] if hook.kind == Hook().kind else [hook.kind]
    return ":".join([*kind, *(flag for flag in HOOK_FLAGS if getattr(hook, flag)), hook.action])


def hooks_of(params: Mapping[str, str], model: str, doubts: list[str]) -> tuple[Hook, ...]:
    """The hooks that the link names and the model can have.

    doubts: gets at most one sentence for each of the two parameters, on the first thing that is wrong with it.
    """
    text = str(params.get("hook", "none"))
    words = [] if text == "none" else text.split(",")
    refusal: ExperimentError | None = None
    if words and entry(model).kind != "module":
        refusal = ExperimentError(f"{model} is not a module: leave hook out; {shown(text)} was given.")
        words = []
    places, unplaceable = _places(params, model, len(words))
    misplaced: str | None = None
    kept: list[Hook] = []
    left_out: list[int] = []
    for number, (word, path) in enumerate(zip(words[:MAX_HOOKS], places, strict=False), 1):
        try:
            (hook,) = check_each_hook([_hook(word)], model)
            hook, doubt = _placed(hook, path, model)
            check_hooks([*kept, hook], model)
        except ExperimentError as error:
            refusal = refusal or error
            left_out.append(number)
        else:
            kept.append(hook)
            misplaced = misplaced or doubt
    if len(words) > MAX_HOOKS:
        refusal = refusal or ExperimentError(f"hooks may be at most {MAX_HOOKS}; more were given.")
    if refusal:
        doubts.append(f"{refusal} {_instead(len(kept), left_out, len(words))}")
    if unplaceable:
        misplaced = f"{unplaceable} Used instead: {'the outermost module' if kept else 'none'}."
    if misplaced:
        doubts.append(misplaced)
    return tuple(kept)


def _instead(kept: int, left_out: list[int], given: int) -> str:
    if not kept:
        return "Used instead: none."
    named = [f"hook {number}" for number in left_out]
    if given > MAX_HOOKS:
        named.append(f"all after hook {MAX_HOOKS}")
    return f"Left out: {listed(named)}."


def _places(params: Mapping[str, str], model: str, count: int) -> tuple[list[str], ExperimentError | None]:
    """A path for each of so many hooks, not checked yet; with no hook at all, any one path will do."""
    outermost = [OUTERMOST] * count
    if "at" not in params:
        return outermost, None
    text = str(params["at"])
    places = text.split(",")
    if len(places) != max(count, 1):
        return outermost, ExperimentError(
            f"at must name one module for each hook ({count}); {shown(text)} names {len(places)}."
        )
    if count:
        return places, None
    try:
        check_path("at", text, model)
    except ExperimentError as error:
        return [], error
    return [], None


def _placed(hook: Hook, path: str, model: str) -> tuple[Hook, str | None]:
    """The hook at its path; where it cannot be there, as it is, and a sentence."""
    try:
        check_path("at", path, model)
        (placed,) = check_each_hook([replace(hook, at=path)], model)
    except ExperimentError as error:
        return hook, f"{error} Used instead: {'every module' if hook.is_global else 'the outermost module'}."
    return placed, None


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
