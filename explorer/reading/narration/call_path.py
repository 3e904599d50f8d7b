"""Sentences for the statements of `Module.__call__` itself, chosen by the role that each of them has there.

What a statement led to is read from the step that followed it in its frame.
"""

from __future__ import annotations

from types import MappingProxyType

from explorer.reading.narration import backward_hook_statements, forward_hook_statements, slow_forward_statements
from explorer.reading.narration.narrated_step import Alternatives, NarratedStep, Sentences, sentence_of
from explorer.reading.narration.phrases import callee_text
from explorer.record import Callee, Summary
from explorer.torch_source.phases import CHECKED_HOOK_REGISTRIES
from explorer.torch_source.roles import StatementRole


def sentence(at: NarratedStep, expression: str) -> str:
    """Return one or two sentences on a step of `_wrapped_call_impl`, `_call_impl`, its `inner`, or `_slow_forward`.

    expression: what was called, as the reader would write it.
    """
    step, frame = at.step, at.frame
    who = f"`{frame.module}` ({frame.module_class})" if frame.module else f"`{frame.module_class}`"
    name = frame.function.rpartition(".")[2]
    if step.kind == "call":
        return _call(name, who, expression, at)
    if step.kind == "return":
        return _return(name, who, step.value)
    if at.role is None:  # a statement that another torch has
        return at.bindings() or _next(at)
    return sentence_of(at, SENTENCES) or _next(at)


def _call(name: str, who: str, expression: str, at: NarratedStep) -> str:
    if name == "_wrapped_call_impl":
        if at.frame.caller is None and at.in_backward:
            again = " again" if (at.frame.module_call or 1) > 1 else ""
            return f"`{expression}` has returned, and `backward()` is running: {who} is called{again} on the way back."
        if at.frame.caller is None:
            return f"`{expression}` enters torch here: `Module.__call__` is another name for `_wrapped_call_impl`."
        what = f"the submodule {who}" if at.frame.module else who
        return f"Calling {what} is a call like the outermost one: `__call__` is `_wrapped_call_impl`."
    if name == "_call_impl":
        return f"`_call_impl` decides how to run {who}: straight to `forward`, or around it with hooks."
    if name == "inner":
        return "`inner` is the slow path: pre-hooks, `forward`, hooks, in this order."
    return f"A tracer of `torch.jit` is active, so `_slow_forward` calls `forward` for {who}."


def _return(name: str, who: str, value: Summary | None) -> str:
    given = value.text if value else "nothing"
    if name == "_wrapped_call_impl":
        return f"The call of {who} is over: its value is {given}."
    return f"`{name}` returns {given}."


def _compiled_call(at: NarratedStep) -> str:
    if at.entered is not None and at.entered.function.endswith("._call_impl"):
        return (
            "What `torch.compile` made of `_call_impl` is called: `_call_impl` itself runs as Python, "
            "and what it calls is compiled."
        )
    return "What `torch.compile` made of `_call_impl` is called."


def _forward_chosen(at: NarratedStep) -> str:
    target = at.change("forward_call")
    if target is None:
        return ""
    if target.type == "method" and isinstance(target.constant, str):
        if target.constant.rpartition(".")[2] == "_slow_forward":
            return "`torch.jit` is tracing, so `forward_call` is `_slow_forward`."
        return f"`torch.jit` is not tracing, so `forward_call` is the method `{target.constant}`."
    return f"`torch.jit` is not tracing, so `forward_call` is `self.forward`, of type `{target.type}`."


def _forward(at: NarratedStep) -> str:
    fast = at.role is StatementRole.FAST_FORWARD_CALL
    skipped = f" The {at.frame.last_line - at.step.end_line} lines of `_call_impl` below this one are skipped."
    called = at.step.called
    if at.raises and at.entered is None:
        return _not_entered(at)
    if called is not None and called.runs_later and at.entered is None:
        return _made(called, at) + (skipped if fast else "")
    target = f"`{at.entered.function}` runs" if at.entered is not None else _unseen(called)
    if fast:
        return f"{target} at last{', and raises' if at.raises else ''}.{skipped}"
    if at.raises:
        return f"{target}, and raises."
    if at.role is StatementRole.SLOW_FORWARD_CALL:
        return f"{target}. What it returns is {'`result`' if at.change('result') else 'handed back as it is'}."
    return f"{target}. What it returns is `result`, until a hook replaces it."


def _made(called: Callee, at: NarratedStep) -> str:
    """Return the sentence for a call that only makes a generator or a coroutine."""
    made = called.kind.removesuffix(" function")
    will_be = "will be" if at.future_tense else "is"
    what = f"`{called.name}` is {_article(called.kind)} {called.kind}"
    return f"{what}: {_article(made)} {made} {will_be} made, and no line of it runs."


def _article(noun: str) -> str:
    return "an" if noun.startswith("a") else "a"


def _unseen(called: Callee | None) -> str:
    """Return the beginning of the sentence for a `forward` that has no frame in the trace."""
    if called is None or called.kind in ("function", "method"):
        return "`forward` runs"
    return f"`forward` is {callee_text(called)}, which runs"


def _not_entered(at: NarratedStep) -> str:
    """Return the sentence for a call of `forward` that raised before any frame of it was seen."""
    raised, called = at.next_step.value if at.next_step is not None else None, at.step.called
    # Python raises this in the calling frame only where a function's own arguments do not fit.
    is_python = called is not None and called.kind not in ("builtin", "object", "partial", "class", "module")
    if at.raised_here and is_python and raised is not None and raised.type == "TypeError":
        return "Python cannot call `forward` with these arguments: no line of it runs."
    return "Calling `forward` raises before any line of it is seen."


def _next(at: NarratedStep) -> str:
    """Return the sentence for a statement of which there is no more to say than where the frame goes on."""
    following = at.next_step
    if at.raises:
        return (
            "It will not get to its end: it will raise."
            if at.future_tense
            else "It does not get to its end: it raises."
        )
    if at.future_tense and following is not None and following.kind == "statement":
        return f"Line {following.line} will follow."
    return (
        f"Line {following.line} is next."
        if following is not None and following.kind == "statement"
        else "It is the last line."
    )


SENTENCES: Sentences = MappingProxyType(
    {
        StatementRole.COMPILED_CHECK: Alternatives(
            "`compile()` was called on this module: what it made of `_call_impl` is called in its place.",
            "`compile()` was not called on this module, so the ordinary way goes on.",
        ),
        StatementRole.COMPILED_CALL: _compiled_call,
        StatementRole.CALL_PASSED_ON: "The call is passed on, with the same arguments.",
        StatementRole.FORWARD_CHOSEN: _forward_chosen,
        StatementRole.ANY_HOOK_CHECK: Alternatives(
            f"All {len(CHECKED_HOOK_REGISTRIES)} hook registries are empty, this module's and the global ones, "
            "so `__call__` goes straight to `forward`.",
            f"At least one of the {len(CHECKED_HOOK_REGISTRIES)} hook registries is not empty, this module's or a "
            "global one, so the path with hooks begins.",
        ),
        StatementRole.HOOK_PATH_STATE: NarratedStep.bindings,
        StatementRole.INNER_DEFINED: (
            "The path with hooks is a function of its own, so that an exception in it can be caught."
        ),
        StatementRole.COMPILING_CHECK: Alternatives(
            "`torch.compile` is compiling this, so exceptions are not looked after.",
            "Nothing is being compiled at this moment, so exceptions are looked after.",
        ),
        StatementRole.UNGUARDED_INNER_CALL: "`inner` runs now.",
        StatementRole.INNER_GUARD: "From here on an exception is caught, for the hooks with `always_call=True`.",
        StatementRole.INNER_CALL: (
            "`inner` runs now. Should it raise, forward hooks registered with `always_call=True` still get their turn."
        ),
        StatementRole.FAST_FORWARD_CALL: _forward,
        StatementRole.FORWARD_CALL: _forward,
        StatementRole.SLOW_FORWARD_CALL: _forward,
        StatementRole.RESULT_RETURNED: "No forward hook is left to run: `inner` hands the result back.",
        **slow_forward_statements.SENTENCES,
        **forward_hook_statements.SENTENCES,
        **backward_hook_statements.SENTENCES,
    }
)
