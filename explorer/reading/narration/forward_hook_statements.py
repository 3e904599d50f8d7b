"""Sentences for the two loops over hooks in `inner`, and for the loops that run after an exception."""

from __future__ import annotations

from types import MappingProxyType

from explorer.reading.narration.narrated_step import Alternatives, NarratedStep, Sentences
from explorer.reading.narration.phrases import callee_text
from explorer.torch_source.roles import StatementRole
from explorer.wording import with_article


def _next_in_line(at: NarratedStep) -> str:
    return Alternatives(
        f"The next hook in line{_name(at)}: global ones first, then this module's, in the order of their registries.",
        "No hook is left.",
    )(at)


def _next_global_hook(at: NarratedStep) -> str:
    return Alternatives(f"The next global hook{_name(at)}.", "No global hook is left.")(at)


def _next_hook_of_module(at: NarratedStep) -> str:
    return Alternatives(f"The next hook of this module{_name(at)}.", "No hook of this module is left.")(at)


def _name(at: NarratedStep) -> str:
    """Return " is `double#2`": the name of the hook's function, or its class, as the trace has it."""
    hook = at.change("hook")
    if hook is None:
        return ""
    if hook.type in ("function", "method"):
        return f" is `{hook.constant}`"
    return f" is {with_article(hook.type)}"


def _call(at: NarratedStep) -> str:
    called = at.step.called
    if called is None or called.kind in ("function", "method") or called.runs_later:
        return f"The hook is called{_outcome(at)}"
    return f"The hook, {callee_text(called)}, is called{_outcome(at)}"


def _outcome(at: NarratedStep) -> str:
    """Return the end of the sentence: what the hook returned, or that it raised."""
    if at.raises and at.entered is None and at.next_step is not None and at.next_step.value is not None:
        return f", which raises {at.next_step.value.text.removesuffix('.')}."
    if at.raises:
        return ", and will raise." if at.future_tense else ", and raises."
    returned = at.entered_returned
    if at.entered is None:  # its lines are not in the trace, but what it returned has a name here
        name = next((each for each in at.binds if each.endswith("result")), "")
        returned = at.local_values.get(name)
    returns = "will return" if at.future_tense else "returns"
    return f". It {returns} {returned.text}." if returned is not None else "."


def _arguments_replaced(at: NarratedStep) -> str:
    return f"The positional arguments of this call are now what the hook returned{at.new_value('args')}."


def _result_replaced(at: NarratedStep) -> str:
    return f"The result of this call is now what the hook returned{at.new_value('result')}."


def _result_replaced_after_exception(at: NarratedStep) -> str:
    return (
        f"`result` is now what the hook returned{at.new_value('result')}. "
        "Hooks that still run get it; the caller gets the exception."
    )


GIVEN_BY_NAME = Alternatives(
    "It was registered with `with_kwargs=True`, so it is given the arguments by name too.",
    "It was registered without `with_kwargs=True`: it is given the positional arguments only.",
)

SENTENCES: Sentences = MappingProxyType(
    {
        # What a pre-hook returns becomes the arguments of `forward`.
        StatementRole.FORWARD_PRE_HOOK_CHECK: Alternatives(
            "There is a forward pre-hook, so it runs before `forward`.",
            "There is no forward pre-hook: `forward` will get the arguments as they came.",
        ),
        StatementRole.PRE_HOOK_LOOP: _next_in_line,
        StatementRole.PRE_HOOK_KWARGS_CHECK: GIVEN_BY_NAME,
        StatementRole.PRE_HOOK_CALL: _call,
        StatementRole.KWARGS_PRE_HOOK_RETURN_CHECK: Alternatives(
            "It returned something, so torch looks at its form.", "It returned None: the arguments stay."
        ),
        StatementRole.PAIR_CHECK: Alternatives(
            "It is a pair: its halves become `args` and `kwargs`.",
            "It is not a pair of `args` and `kwargs`, so torch raises.",
        ),
        StatementRole.ALL_ARGUMENTS_REPLACED: (
            "The arguments of this call, those by name too, are now what the hook returned."
        ),
        StatementRole.PRE_HOOK_REFUSED: "torch refuses what the pre-hook returned.",
        StatementRole.PRE_HOOK_RETURN_CHECK: Alternatives(
            "It returned something, so that replaces the arguments.", "It returned None: the arguments stay."
        ),
        StatementRole.TUPLE_CHECK: Alternatives(
            "It is no tuple, so it becomes the only positional argument.",
            "It is a tuple, one item for each positional argument.",
        ),
        StatementRole.ARGUMENT_WRAPPED: "torch puts a tuple around it.",
        StatementRole.ARGUMENTS_REPLACED: _arguments_replaced,
        # What a forward hook returns becomes the result of the call.
        StatementRole.FORWARD_HOOK_CHECK: Alternatives(
            "There is a forward hook, so it runs now, after `forward`.",
            "There is no forward hook: the result stays as `forward` returned it.",
        ),
        StatementRole.FORWARD_HOOK_LOOP: _next_in_line,
        StatementRole.ALWAYS_CALL_CHECK: Alternatives(
            "It was registered with `always_call=True`, which matters only where something raises.",
            "It was registered without `always_call=True`.",
        ),
        StatementRole.ALWAYS_CALL_NOTED: (
            "It is noted as run, so that it will not run again should something raise after it."
        ),
        StatementRole.FORWARD_HOOK_KWARGS_CHECK: GIVEN_BY_NAME,
        StatementRole.FORWARD_HOOK_CALL: _call,
        StatementRole.FORWARD_HOOK_RETURN_CHECK: Alternatives(
            "It returned something, so that replaces the result.", "It returned None: the result stays."
        ),
        StatementRole.RESULT_REPLACED: _result_replaced,
        # After an exception, hooks with `always_call=True` run, and the exception goes on.
        StatementRole.EXCEPTION_CAUGHT: (
            "An exception came out of `inner`. Hooks registered with `always_call=True` run before it goes on."
        ),
        StatementRole.GLOBAL_ALWAYS_CALLED_LOOP: _next_global_hook,
        StatementRole.MODULE_ALWAYS_CALLED_LOOP: _next_hook_of_module,
        StatementRole.ALWAYS_CALLED_CHECK: Alternatives(
            "It was registered with `always_call=True` and has not run, so its turn comes now.",
            "It is skipped: it was registered without `always_call=True`, or it has run already.",
        ),
        StatementRole.ALWAYS_CALLED_GUARD: (
            "What this hook may raise must not take the place of the exception that is on its way."
        ),
        StatementRole.ALWAYS_CALLED_RESULT_REPLACED: _result_replaced_after_exception,
        StatementRole.HOOK_EXCEPTION_CAUGHT: (
            "The hook raised as well. Its exception becomes a warning, since another one is on its way."
        ),
        StatementRole.HOOK_EXCEPTION_WARNING: "The warning tells what the hook's exception said.",
        StatementRole.NEXT_ALWAYS_CALLED_HOOK: "The loop goes on: the next hook gets its turn too.",
        StatementRole.EXCEPTION_RAISED_AGAIN: "The exception goes on to the code that called the module.",
    }
)
