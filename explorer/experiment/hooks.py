"""The hooks of an experiment: one setting, and two parameters of the URL, `hook` and `at`, with a word for every hook.

A word that is refused costs its own hook, and a path that is refused moves its own hook to the outermost module.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, get_args

from explorer.catalog import entry, submodule_paths
from explorer.catalog.hooks import kind_of, options
from explorer.catalog.hooks.hook import HOOK_FLAGS, Hook, HookAction, HookKind
from explorer.experiment.checks import ExperimentError, check_choice, short_repr
from explorer.experiment.setting import Setting
from explorer.wording import count, listed

MAX_HOOKS = 8
NONE = "none"  # the URL's word for no hook
OUTERMOST = ""  # the path of the outermost module
PATHS_LISTED = 16  # paths of modules named in one sentence


@dataclass(frozen=True, kw_only=True)
class HookList(Setting):
    """At most MAX_HOOKS hooks, in the order in which they are registered.

    In the URL several are joined by commas: `hook=observe,double&at=conv1,` is one on conv1, one on the outermost
    module. What a hook has beyond its action stands before it: `hook=forward_pre:with_kwargs:double`.
    """

    def default(self, model: str) -> tuple[Hook, ...]:
        return ()

    def check(self, value: object, model: str) -> tuple[Hook, ...]:
        checked = check_each_hook(value, model)
        _check_together(checked)
        return checked

    def parse(self, text: str, model: str) -> tuple[Hook, ...]:
        """Return the hooks, all on the outermost module or global, that the parameter `hook` alone stands for."""
        return self.check([_hook(word) for word in _words(text)], model)

    def format(self, value: Sequence[Hook]) -> str:
        return ",".join(map(hook_to_text, value)) or NONE

    def describe(self, value: Sequence[Hook]) -> str:
        return count(len(value), "hook") if value else "no hook"

    def write(self, value: Any) -> dict[str, str]:
        hook, at = self.parameters
        paths = {at: ",".join(each.at for each in value)} if any(each.at for each in value) else {}
        return {hook: self.format(value), **paths}

    def read(self, params: Mapping[str, str], model: str) -> tuple[tuple[Hook, ...], tuple[str, ...]]:
        """Return the hooks that the URL names and the model can have.

        There is at most one sentence for each of the two parameters, on the first thing that is wrong with it.
        """
        hook_parameter, at_parameter = self.parameters
        text = str(params.get(hook_parameter, NONE))
        words = _words(text)
        refusal: ExperimentError | None = None
        if words and entry(model).kind != "module":
            refusal = ExperimentError(f"{model} is not a module: leave hook out; {short_repr(text)} was given.")
            words = []
        paths, refused_paths = _paths(params.get(at_parameter), model, len(words))
        refused_path: str | None = None
        kept: list[Hook] = []
        left_out: list[int] = []
        for number, (word, path) in enumerate(zip(words[:MAX_HOOKS], paths, strict=False), 1):
            try:
                (hook,) = check_each_hook([_hook(word)], model)
                hook, problem = _at_path(hook, path, model)
                _check_together([*kept, hook])
            except ExperimentError as error:
                refusal = refusal or error
                left_out.append(number)
            else:
                kept.append(hook)
                refused_path = refused_path or problem
        if len(words) > MAX_HOOKS:
            refusal = refusal or ExperimentError(f"hooks may be at most {MAX_HOOKS}; more were given.")
        if refused_paths:
            refused_path = f"{refused_paths} Used instead: {'the outermost module' if kept else 'none'}."
        problems = (f"{refusal} {_instead(len(kept), left_out, len(words))}" if refusal else None, refused_path)
        return tuple(kept), tuple(problem for problem in problems if problem)

    def carry_over(self, value: Any, old_model: str, new_model: str) -> tuple[tuple[Hook, ...], tuple[str, ...]]:
        """Return the hooks whose module the new model has, and a sentence for each other one."""
        paths = submodule_paths(new_model)
        if not paths and value:
            return (), (f"{new_model} is not a module and takes no hooks: {len(value)} given up.",)
        given_up = (
            f"{new_model} has no module {hook.at}: hook {number}, the {kind_of(hook)} on it, was given up."
            for number, hook in enumerate(value, 1)
            if hook.at not in paths
        )
        return tuple(hook for hook in value if hook.at in paths), tuple(given_up)


def hook_to_text(hook: Hook) -> str:
    """Return a hook without its path, as "double", "forward_pre:with_kwargs:double" or "is_global:observe"."""
    kind = [] if hook.kind == Hook().kind else [hook.kind]
    return ":".join([*kind, *(flag for flag in HOOK_FLAGS if getattr(hook, flag)), hook.action])


def check_each_hook(hooks: object, model: str) -> tuple[Hook, ...]:
    """Return at most MAX_HOOKS hooks, each on a module that the entry has and with options that its kind has in torch.

    Raises ExperimentError on the first that is not.
    """
    if not isinstance(hooks, (tuple, list)) or not all(isinstance(hook, Hook) for hook in hooks):
        raise ExperimentError(f"hooks must be a tuple of Hook; {short_repr(hooks)} is not.")
    if hooks and entry(model).kind != "module":
        given = short_repr(hooks)
        raise ExperimentError(f"{model} is not a module and takes no hooks: leave them out; {given} was given.")
    if len(hooks) > MAX_HOOKS:
        raise ExperimentError(f"hooks may be at most {MAX_HOOKS}; {len(hooks)} are too many.")
    return tuple(_check_hook(hook, model) for hook in hooks)


def check_path(name: str, value: object, model: str) -> str:
    """Return the path of a submodule; "" is the outermost module. Raises ExperimentError where there is none."""
    paths = submodule_paths(model)
    if isinstance(value, str) and value in paths:
        return str(value)
    if not paths:
        raise ExperimentError(f"{model} is not a module: leave {name} out; {short_repr(value)} was given.")
    inner = [path for path in paths if path]
    raise ExperimentError(
        f"{name} must be empty, for the outermost module, or name a module of {model} ({_listed(inner)}); "
        f"{short_repr(value)} does not."
    )


def _check_hook(hook: Hook, model: str) -> Hook:
    kind: HookKind = check_choice("hook kind", hook.kind, get_args(HookKind))
    for flag in HOOK_FLAGS:
        if not isinstance(getattr(hook, flag), bool):
            raise ExperimentError(f"{flag} of a hook must be True or False, not {short_repr(getattr(hook, flag))}.")
        if flag != "is_global" and getattr(hook, flag) and flag not in options(kind, hook.is_global):
            which = f"global {kind}" if hook.is_global else kind
            raise ExperimentError(f"torch has no {flag} for {which} hooks: leave it out.")
    if hook.is_global and hook.at:
        given = short_repr(hook.at)
        raise ExperimentError(f"A global hook is for every module: leave its place out; {given} was given.")
    return replace(
        hook,
        at=check_path("at", hook.at, model),
        action=check_choice("hook", hook.action, get_args(HookAction)),
        kind=kind,
    )


def _check_together(hooks: Sequence[Hook]) -> None:
    """Raise where torch refuses these: a legacy and a full backward hook on one module, or both for every module."""
    kinds: dict[tuple[bool, str], set[str]] = {}
    for hook in hooks:
        kinds.setdefault((hook.is_global, hook.at), set()).add(hook.kind)
    for (is_global, at), found in kinds.items():
        if {"backward", "full_backward"} <= found:
            where = "for every module" if is_global else f"on {at}" if at else "on the outermost module"
            raise ExperimentError(
                f"torch refuses a legacy backward hook beside a full backward hook {where}: choose one of the two."
            )


def _words(text: str) -> list[str]:
    """Return the words of the parameter `hook`, one for each hook."""
    return [] if text == NONE else text.split(",")


def _hook(word: str) -> Hook:
    """Return the hook, without its path, that one word of the URL stands for."""
    *parts, action = word.split(":")
    fields: dict[str, Any] = {"action": check_choice("hook", action, get_args(HookAction))}
    for part in parts:
        check_choice("hook", part, (*get_args(HookKind), *HOOK_FLAGS))
        name, value = (part, True) if part in HOOK_FLAGS else ("kind", part)
        if name in fields:
            raise ExperimentError(f"hook names one kind and each option once; {short_repr(word)} does not.")
        fields[name] = value
    return Hook(**fields)


def _paths(given: str | None, model: str, hooks: int) -> tuple[list[str], ExperimentError | None]:
    """Return a path for each of so many hooks, not checked yet, and why the parameter `at` was refused as a whole.

    Without any hook one path is accepted, and checked here.
    """
    outermost = [OUTERMOST] * hooks
    if given is None:
        return outermost, None
    text = str(given)
    paths = text.split(",")
    if len(paths) != max(hooks, 1):
        return outermost, ExperimentError(
            f"at must name one module for each hook ({hooks}); {short_repr(text)} names {len(paths)}."
        )
    if hooks:
        return paths, None
    try:
        check_path("at", text, model)
    except ExperimentError as error:
        return [], error
    return [], None


def _at_path(hook: Hook, path: str, model: str) -> tuple[Hook, str | None]:
    """Return the hook at its path; where it cannot be there, the hook as it is, and a sentence."""
    try:
        check_path("at", path, model)
        (placed,) = check_each_hook([replace(hook, at=path)], model)
    except ExperimentError as error:
        return hook, f"{error} Used instead: {'every module' if hook.is_global else 'the outermost module'}."
    return placed, None


def _instead(kept: int, left_out: list[int], given: int) -> str:
    """Return what is used in place of the hooks that were refused."""
    if not kept:
        return "Used instead: none."
    named = [f"hook {number}" for number in left_out]
    if given > MAX_HOOKS:
        named.append(f"all after hook {MAX_HOOKS}")
    return f"Left out: {listed(named)}."


def _listed(paths: Sequence[str]) -> str:
    named = ", ".join(paths[:PATHS_LISTED])
    return named if len(paths) <= PATHS_LISTED else f"{named} and {len(paths) - PATHS_LISTED} more"
