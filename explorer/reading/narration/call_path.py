"""Sentences for the statements of `Module.__call__` itself.

What a statement is is read from its text and phase; what it led to, from the step that followed it in its frame.
"""

from __future__ import annotations

import re

from explorer.reading.narration import backward_hook_statements, entry_modes, forward_hook_statements
from explorer.reading.narration.narrated_step import NarratedStep
from explorer.record import Summary


def sentence(at: NarratedStep, expression: str) -> str:
    """One or two sentences on a step of `_wrapped_call_impl`, `_call_impl`, its `inner`, or `_slow_forward`.

    expression: what was called, as the reader would write it.
    """
    step, frame = at.step, at.frame
    who = f"`{frame.module}` ({frame.module_class})" if frame.module else f"`{frame.module_class}`"
    name = frame.function.rpartition(".")[2]
    if step.kind == "call":
        return _call(name, who, expression, at)
    if step.kind == "return":
        return _return(name, who, step.value)
    if name == "_wrapped_call_impl":
        return _compiled(at)
    chosen = {
        "tracing?": _tracing,
        "any hook?": _any_hook,
        "pre-hooks": forward_hook_statements.pre_hooks,
        "backward set-up": backward_hook_statements.set_up,
        "backward wiring": backward_hook_statements.wiring,
        "forward": _forward,
        "hooks": forward_hook_statements.hooks,
        "exception": forward_hook_statements.after_exception,
    }.get(step.phase or "")
    if chosen is not None:
        return chosen(at) or _next(at)
    if step.phase == "return" and name == "inner":
        return "No forward hook is left to run: `inner` hands the result back."
    return "The slow path hands its result back." if step.phase == "return" else _next(at)


def _call(name: str, who: str, expression: str, at: NarratedStep) -> str:
    if name == "_wrapped_call_impl":
        if at.frame.caller is None and at.going_back:
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


def _compiled(at: NarratedStep) -> str:
    if "self._call_impl(" in at.text:
        return "The call is passed on, with the same arguments."
    if "self._compiled_call_impl(" in at.text:
        if at.entered is not None and at.entered.function.endswith("._call_impl"):
            return (
                "What `torch.compile` made of `_call_impl` is called: `_call_impl` itself runs as Python, "
                "and what it calls is compiled."
            )
        return "What `torch.compile` made of `_call_impl` is called."
    return at.choose(
        "`compile()` was called on this module: what it made of `_call_impl` is called in its place.",
        "`compile()` was not called on this module, so the ordinary way goes on.",
    )


def _tracing(at: NarratedStep) -> str:
    target = at.change("forward_call")
    if target is None:
        return entry_modes.slow_forward_sentence(at)
    if target.type == "method" and isinstance(target.constant, str):
        if target.constant.rpartition(".")[2] == "_slow_forward":
            return "`torch.jit` is tracing, so `forward_call` is `_slow_forward`."
        return f"`torch.jit` is not tracing, so `forward_call` is the method `{target.constant}`."
    return f"`torch.jit` is not tracing, so `forward_call` is `self.forward`, of type `{target.type}`."


def _any_hook(at: NarratedStep) -> str:
    text = at.text
    registries = set(re.findall(r"\b_\w*_hooks\b", text))
    if registries and text.startswith("if"):
        return at.choose(
            f"All {len(registries)} hook registries are empty, this module's and the global ones, "
            "so `__call__` goes straight to `forward`.",
            f"At least one of the {len(registries)} hook registries is not empty, this module's or a global one, "
            "so the path with hooks begins.",
        )
    if "inner()" in text and not text.startswith("def"):
        return (
            "`inner` runs now. Should it raise, forward hooks registered with `always_call=True` still get their turn."
        )
    if text.startswith("def"):
        return "The path with hooks is a function of its own, so that an exception in it can be caught."
    if "is_compiling" in text:
        return at.choose(
            "`torch.compile` is compiling this, so exceptions are not looked after.",
            "Nothing is being compiled at this moment, so exceptions are looked after.",
        )
    if text.startswith("try"):
        return "From here on an exception is caught, for the hooks with `always_call=True`."
    return at.starts()


def _forward(at: NarratedStep) -> str:
    if at.raises and at.entered is None:
        return _not_entered(at)
    target = f"`{at.entered.function}` runs" if at.entered is not None else "`forward` runs"
    if at.frame.function.endswith("._call_impl"):
        skipped = at.frame.last_line - at.step.end_line
        raises = ", and raises" if at.raises else ""
        return f"{target} at last{raises}. The {skipped} lines of `_call_impl` below this one are skipped."
    if at.raises:
        return f"{target}, and raises."
    if at.frame.function.endswith("._slow_forward"):
        return f"{target}. What it returns is {'`result`' if at.change('result') else 'handed back as it is'}."
    return f"{target}. What it returns is `result`, until a hook replaces it."


def _not_entered(at: NarratedStep) -> str:
    """The call of `forward` raised, and no frame of it was seen."""
    raised = at.after.value if at.after is not None else None
    if raised is not None and raised.type == "TypeError" and "forward() " in str(raised.constant):
        return "Python cannot call `forward` with these arguments: no line of it runs."
    return "Calling `forward` raises before any line of it is seen."


def _next(at: NarratedStep) -> str:
    after = at.after
    if at.raises:
        return "It will not get to its end: it will raise." if at.ahead else "It does not get to its end: it raises."
    if at.ahead and after is not None and after.kind == "statement":
        return f"Line {after.line} will follow."
    return f"Line {after.line} is next." if after is not None and after.kind == "statement" else "It is the last line."
