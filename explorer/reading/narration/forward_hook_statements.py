"""Sentences for the two loops over hooks in `inner`, and for the loops that run after an exception."""

from __future__ import annotations

import re

from explorer.reading.narration.narrated_step import NarratedStep

ANY_PRE_HOOK = re.compile(r"if _global_forward_pre_hooks or |if self\._forward_pre_hooks or ")
ANY_HOOK = re.compile(r"if _global_forward_hooks or |if self\._forward_hooks or ")
CALLS_HOOK = re.compile(r"\w+ = hook\(")


def pre_hooks(at: NarratedStep) -> str:
    """The pre-hooks' loop: what each returns becomes the arguments of `forward`."""
    text = at.text
    if ANY_PRE_HOOK.match(text):
        return at.choose(
            "There is a forward pre-hook, so it runs before `forward`.",
            "There is no forward pre-hook: `forward` will get the arguments as they came.",
        )
    if text.startswith("if isinstance("):
        return at.choose(
            "It is a pair: its halves become `args` and `kwargs`.",
            "It is not a pair of `args` and `kwargs`, so torch raises.",
        )
    if text.startswith("if not isinstance("):
        return at.choose(
            "It is no tuple, so it becomes the only positional argument.",
            "It is a tuple, one item for each positional argument.",
        )
    if text.startswith("raise"):
        return "torch refuses what the pre-hook returned."
    if text.startswith("args, kwargs ="):
        return "The arguments of this call, those by name too, are now what the hook returned."
    if text.startswith("args ="):
        return f"The positional arguments of this call are now what the hook returned{_being(at, 'args')}."
    if text.startswith("args_result = (args_result"):
        return "torch puts a tuple around it."
    return _each(at, "arguments")


def hooks(at: NarratedStep) -> str:
    """The hooks' loop: what each returns becomes the result of the call."""
    text = at.text
    if ANY_HOOK.match(text):
        return at.choose(
            "There is a forward hook, so it runs now, after `forward`.",
            "There is no forward hook: the result stays as `forward` returned it.",
        )
    if "always_called" in text and text.startswith("if"):
        return at.choose(
            "It was registered with `always_call=True`, which matters only where something raises.",
            "It was registered without `always_call=True`.",
        )
    if "always_called" in text:
        return "It is noted as run, so that it will not run again should something raise after it."
    return _each(at, "result")


def after_exception(at: NarratedStep) -> str:
    """The exceptional path of `_call_impl`: hooks with `always_call=True` run, and the exception goes on."""
    text = at.text
    if re.match(r"except \w+ as ", text):
        return "The hook raised as well. Its exception becomes a warning, since another one is on its way."
    if text.startswith("except"):
        return "An exception came out of `inner`. Hooks registered with `always_call=True` run before it goes on."
    if text == "raise":
        return "The exception goes on to whoever called the module."
    if text.startswith("for"):
        whose = "global hook" if "_global" in text else "hook of this module"
        return at.choose(f"The next {whose}{_named(at)}.", f"No {whose} is left.")
    if "always_called" in text:
        return at.choose(
            "It was registered with `always_call=True` and has not run, so its turn comes now.",
            "It is skipped: it was registered without `always_call=True`, or it has run already.",
        )
    if text.startswith("try"):
        return "What this hook may raise must not take the place of the exception that is on its way."
    if text.startswith("warnings.warn("):
        return "The warning tells what the hook's exception said."
    if text == "continue":
        return "The loop goes on: the next hook gets its turn too."
    if text.startswith("result ="):
        now = f"`result` is now what the hook returned{_being(at, 'result')}"
        return f"{now}. Hooks that still run get it; the caller gets the exception."
    return _each(at, "result")


def _each(at: NarratedStep, what: str) -> str:
    """What the loops have in common."""
    text = at.text
    if text.startswith("for"):
        return at.choose(
            f"The next hook in line{_named(at)}: global ones first, then this module's, in the order of their "
            "registries.",
            "No hook is left.",
        )
    if CALLS_HOOK.match(text):
        return f"The hook is called{_outcome(at)}"
    if "with_kwargs" in text:
        return at.choose(
            "It was registered with `with_kwargs=True`, so it is given the arguments by name too.",
            "It was registered without `with_kwargs=True`: it is given the positional arguments only.",
        )
    if text.startswith("if args_kwargs_result"):
        return at.choose("It returned something, so torch looks at its form.", "It returned None: the arguments stay.")
    if "is not None" in text:
        stay = "stays" if what == "result" else "stay"
        return at.choose(
            f"It returned something, so that replaces the {what}.", f"It returned None: the {what} {stay}."
        )
    if text.startswith("result ="):
        return f"The result of this call is now what the hook returned{_being(at, 'result')}."
    return ""


def _named(at: NarratedStep) -> str:
    """`double#2`: the name that the trace knows it by."""
    hook = at.change("hook")
    return f" is `{hook.constant}`" if hook is not None and hook.type == "function" else ""


def _outcome(at: NarratedStep) -> str:
    if at.raises and at.entered is None and at.after is not None and at.after.value is not None:
        return f", which raises {at.after.value.text.removesuffix('.')}."
    if at.raises:
        return ", and will raise." if at.ahead else ", and raises."
    returned = at.returned
    if at.entered is None or at.entered.role != "hook":
        returned = next((change.value for change in at.step.changes if change.name.endswith("result")), None)
    returns = "will return" if at.ahead else "returns"
    return f". It {returns} {returned.text}." if returned is not None else "."


def _being(at: NarratedStep, name: str) -> str:
    now = at.change(name)
    return f": {now.text}" if now is not None else ""
