"""Claims on the loops over hooks, before and after `forward`, and after an exception."""

from __future__ import annotations

import re

from explorer.reading.narration.phrases import callee_text
from tests.helpers.claims.call_path import statement
from tests.helpers.claims.reading import At, Check, Claims


def _returned_by_hook(at: At) -> str | None:
    """What the hook that this statement called returned, as text; None where it raised."""
    if at.entered is not None and at.entered.role == "hook":
        step = at.run.returned.get(at.entered.index)
        return None if step is None or step.value is None else step.value.text
    results = [change.value.text for change in at.step.changes if change.name.endswith("result")]
    return results[0] if results else None


def _hook_returned(at: At, found: re.Match[str]) -> bool:
    return _calls_a_hook(at) and _returned_by_hook(at) == found[1]


def _calls_a_hook(at: At) -> bool:
    return at.step.kind == "statement" and re.search(r"= hook\(", at.text) is not None


def _names_hook(at: At, found: re.Match[str]) -> bool:
    """The sentence has the name of the hook's function, or the class of any other hook."""
    hook = next((change.value for change in at.step.changes if change.name == "hook"), None)
    if hook is None:
        return found[2] is None
    if hook.type in ("function", "method"):
        return (found[1], found[2]) == (None, hook.constant)
    return found[1] is not None and found[2] == hook.type


def _loop(registry: str, taken: bool) -> Check:
    text = statement(rf"for .* in .*{registry}|for .*\n?.*{registry}", taken)

    def check(at: At, found: re.Match[str]) -> bool:
        return text(at, found) and (not found.re.groups or _names_hook(at, found))

    return check


def _returned_none(text: str, none: bool) -> Check:
    """torch looks whether the hook returned None, and went on as it did."""
    check = statement(text, not none)

    def both(at: At, found: re.Match[str]) -> bool:
        return check(at, found) and (_latest(at) == "NoneType") is none

    return both


def _latest(at: At) -> str | None:
    """The type of what the name in the condition holds."""
    name = re.search(r"if (\w+) is not None", at.text)
    return at.names()[name[1]].type if name is not None else None


def _now(name: str) -> Check:
    """The name holds what the sentence says, and this step made it so."""

    def check(at: At, found: re.Match[str]) -> bool:
        values = [change.value.text for change in at.step.changes if change.name == name]
        return found[1] is None or values == [found[1]]

    return check


def _raised_by_hook(at: At, found: re.Match[str]) -> bool:
    if not (_calls_a_hook(at) and at.raises and at.after is not None and at.after.value is not None):
        return False
    return found[1] is None or at.after.value.text.removesuffix(".") == found[1]


def _is_callee(at: At, found: re.Match[str]) -> bool:
    return at.step.called is not None and callee_text(at.step.called) == found[1]


CLAIMS: Claims = (
    (r"There is a forward pre-hook, so it runs before `forward`\.", statement("_forward_pre_hooks or", True)),
    (
        r"There is no forward pre-hook: `forward` will get the arguments as they came\.",
        statement("_forward_pre_hooks or", False),
    ),
    (
        r"The next hook in line(?: is (an? )?`([^`]+)`)?: global ones first, then this module's, in the order of their "
        r"registries\.",
        _loop("_forward_(?:pre_)?hooks", True),
    ),
    (r"No hook is left\.", _loop("_forward_(?:pre_)?hooks", False)),
    (r"The next global hook(?: is (an? )?`([^`]+)`)?\.", _loop("_global_forward_hooks", True)),
    (r"No global hook is left\.", _loop("_global_forward_hooks", False)),
    (r"The next hook of this module(?: is (an? )?`([^`]+)`)?\.", _loop("self._forward_hooks", True)),
    (r"No hook of this module is left\.", _loop("self._forward_hooks", False)),
    (
        r"It was registered with `with_kwargs=True`, so it is given the arguments by name too\.",
        statement("_hooks_with_kwargs", True),
    ),
    (
        r"It was registered without `with_kwargs=True`: it is given the positional arguments only\.",
        statement("_hooks_with_kwargs", False),
    ),
    (
        r"The hook is called(?:, and raises|, which raises (.+))\.",
        lambda at, found: _raised_by_hook(at, found),
    ),
    (
        r"The hook, (.+), is called(?:, and raises|, which raises (.+))\.",
        lambda at, found: at.raises and _is_callee(at, found),
    ),
    (r"The hook, (.+), is called\.", lambda at, found: _calls_a_hook(at) and not at.raises and _is_callee(at, found)),
    (r"The hook is called\.", lambda at, _: _calls_a_hook(at) and not at.raises),
    (r"It returns (.+)\.", _hook_returned),
    (r"It returned something, so torch looks at its form\.", _returned_none("if args_kwargs_result", False)),
    (r"It returned something, so that replaces the arguments\.", _returned_none("if args_result", False)),
    (r"It returned something, so that replaces the result\.", _returned_none("if hook_result", False)),
    (r"It returned None: the arguments stay\.", _returned_none("if args_(?:kwargs_)?result", True)),
    (r"It returned None: the result stays\.", _returned_none("if hook_result", True)),
    (r"It is a pair: its halves become `args` and `kwargs`\.", statement("isinstance\\(args_kwargs_result", True)),
    (
        r"It is not a pair of `args` and `kwargs`, so torch raises\.",
        statement("isinstance\\(args_kwargs_result", False),
    ),
    (
        r"The arguments of this call, those by name too, are now what the hook returned\.",
        statement("args, kwargs = args_kwargs_result"),
    ),
    (
        r"torch refuses what the pre-hook returned\.",
        lambda at, found: statement("raise RuntimeError")(at, found) and at.raises,
    ),
    (
        r"It is no tuple, so it becomes the only positional argument\.",
        statement("if not isinstance\\(args_result, tuple\\)", True),
    ),
    (
        r"It is a tuple, one item for each positional argument\.",
        statement("if not isinstance\\(args_result, tuple\\)", False),
    ),
    (r"torch puts a tuple around it\.", statement("args_result = \\(args_result,\\)")),
    (r"The positional arguments of this call are now what the hook returned(?:: (.+))?\.", _now("args")),
    (r"There is a forward hook, so it runs now, after `forward`\.", statement("if _global_forward_hooks", True)),
    (
        r"There is no forward hook: the result stays as `forward` returned it\.",
        statement("if _global_forward_hooks", False),
    ),
    (
        r"It was registered with `always_call=True`, which matters only where something raises\.",
        statement("always_called", True),
    ),
    (r"It was registered without `always_call=True`\.", statement("always_called", False)),
    (
        r"It is noted as run, so that it will not run again should something raise after it\.",
        statement("called_always_called_hooks\\.add"),
    ),
    (r"The result of this call is now what the hook returned(?:: (.+))?\.", _now("result")),
    (r"`result` is now what the hook returned(?:: (.+))?\.", _now("result")),
    (
        r"Hooks that still run get it; the caller gets the exception\.",
        lambda at, _: at.step.frame not in at.run.returned or at.seen.error is not None,
    ),
    (r"An exception came out of `inner`\.", statement("except Exception")),
    (r"Hooks registered with `always_call=True` run before it goes on\.", statement("except Exception")),
    (
        r"It was registered with `always_call=True` and has not run, so its turn comes now\.",
        statement("not in called_always_called_hooks", True),
    ),
    (
        r"It is skipped: it was registered without `always_call=True`, or it has run already\.",
        statement("not in called_always_called_hooks", False),
    ),
    (
        r"What this hook may raise must not take the place of the exception that is on its way\.",
        statement(r"^\s*try:"),
    ),
    (r"The hook raised as well\.", statement("except Exception")),
    (r"Its exception becomes a warning, since another one is on its way\.", statement("except Exception")),
    (r"The warning tells what the hook's exception said\.", statement(r"warnings\.warn\(")),
    (r"The loop goes on: the next hook gets its turn too\.", statement("continue")),
    (r"The exception goes on to the code that called the module\.", statement(r"^\s*raise\s*$")),
)
