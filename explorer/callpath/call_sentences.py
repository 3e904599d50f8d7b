"""Sentences for the statements of `Module.__call__` itself.

What a statement is is read from its text and phase; what it led to, from the step that followed it in its frame.
"""

from __future__ import annotations

import re

from explorer.record import Frame, Step, Summary


def sentence(step: Step, frame: Frame, text: str, after: Step | None, expression: str, entered: Frame | None) -> str:
    """One or two sentences on a step of `_wrapped_call_impl`, `_call_impl`, its `inner`, or `_slow_forward`.

    text: the statement's source. after: the next step of the same frame. expression: what was called, as the
    reader would write it. entered: the frame that begins with the next step, if one does.
    """
    who = f"`{frame.module}` ({frame.module_class})" if frame.module else f"`{frame.module_class}`"
    name = frame.function.rpartition(".")[2]
    if step.kind == "call":
        return _call(name, who, expression, frame)
    if step.kind == "return":
        return _return(name, who, step.value)
    if name == "_wrapped_call_impl":
        return _compiled(step, text, after)
    chosen = {
        "tracing?": _tracing,
        "any hook?": _any_hook,
        "pre-hooks": _pre_hooks,
        "backward set-up": _backward,
        "backward wiring": _backward,
        "forward": _forward,
        "hooks": _hooks,
        "exception": _exceptional,
    }.get(step.phase or "")
    if chosen is not None:
        return chosen(step, text, after, frame, entered)
    return "The slow path hands its result back." if step.phase == "return" else _branch(step, after)


def _call(name: str, who: str, expression: str, frame: Frame) -> str:
    if name == "_wrapped_call_impl":
        if frame.caller is None:
            return f"`{expression}` enters torch here: `Module.__call__` is another name for `_wrapped_call_impl`."
        return f"Calling the submodule {who} is a call like the outermost one: `__call__` is `_wrapped_call_impl`."
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


def _compiled(step: Step, text: str, after: Step | None) -> str:
    if "self._call_impl(" in text:
        return "The call is passed on, with the same arguments."
    if "self._compiled_call_impl(" in text:
        return "The compiled version of this module runs instead of `_call_impl`."
    if after is not None and after.line == step.line + 1:
        return "`compile()` was called on this module: its compiled version takes over."
    return "`compile()` was not called on this module, so the ordinary way goes on."


def _tracing(step: Step, text: str, after: Step | None, frame: Frame, entered: Frame | None) -> str:
    target = next((change.value.text for change in step.changes if change.name == "forward_call"), None)
    if target is None:
        return _branch(step, after)
    if "_slow_forward" in target:
        return "`torch.jit` is tracing, so `forward_call` is `_slow_forward`."
    return f"`torch.jit` is not tracing, so `forward_call` is the {target.replace('method ', 'method `', 1)}`."


def _any_hook(step: Step, text: str, after: Step | None, frame: Frame, entered: Frame | None) -> str:
    registries = set(re.findall(r"\b_\w*_hooks\b", text))
    if registries and text.startswith("if"):
        if after is not None and after.phase == "forward":
            return (
                f"All {len(registries)} hook registries are empty, this module's and the global ones, "
                "so `__call__` goes straight to `forward`."
            )
        return (
            f"One of {len(registries)} hook registries is not empty, this module's or a global one, "
            "so the path with hooks begins."
        )
    if "inner()" in text and not text.startswith("def"):
        return "`inner` runs now. Whatever it raises, hooks registered with `always_call=True` still get their turn."
    if text.startswith("def"):
        return "The path with hooks is a function of its own, so that an exception in it can be caught."
    if "is_compiling" in text:
        return "`torch.compile` is not at work here, so exceptions are looked after."
    if text.startswith("try"):
        return "From here on an exception is caught, for the hooks with `always_call=True`."
    return _starts(step) or _branch(step, after)


def _forward(step: Step, text: str, after: Step | None, frame: Frame, entered: Frame | None) -> str:
    target = f"`{entered.function}` runs" if entered is not None else "`forward` runs"
    if frame.function.endswith("._call_impl"):
        skipped = frame.last_line - step.end_line
        return f"{target} at last. The {skipped} lines of `_call_impl` below this one are skipped."
    return f"{target}. What it returns is `result`, until a hook replaces it."


def _pre_hooks(step: Step, text: str, after: Step | None, frame: Frame, entered: Frame | None) -> str:
    if (text.startswith("if") and "_forward_pre_hooks or" in text) or "_forward_pre_hooks:" in text:
        if after is not None and after.phase == "pre-hooks":
            return "There is a forward pre-hook, so it runs before `forward`."
        return "There is no forward pre-hook: `forward` will get the arguments as they came."
    return _each_hook(step, text, after, "arguments")


def _hooks(step: Step, text: str, after: Step | None, frame: Frame, entered: Frame | None) -> str:
    if text.startswith("if") and ("_forward_hooks or" in text or "_forward_hooks:" in text) and "hook_id" not in text:
        if after is not None and after.phase == "hooks":
            return "There is a forward hook, so it runs now, after `forward`."
        return "There is no forward hook: the result stays as `forward` returned it."
    return _each_hook(step, text, after, "result")


def _each_hook(step: Step, text: str, after: Step | None, what: str) -> str:
    """The statements inside the two loops over hooks."""
    if text.startswith("for"):
        if any(change.name == "hook" for change in step.changes):
            return "The next hook in line: global hooks first, then this module's, in the order of their registries."
        return "No hook is left."
    if re.match(r"\w+ = hook\(", text):
        if after is not None and after.kind == "exception":
            return "The hook is called, and raises."
        returned = next((change.value.text for change in step.changes if change.name.endswith("result")), "None")
        return f"The hook is called. It returns {returned}."
    if "is not None" in text:
        body = after is not None and after.line == step.end_line + 1
        return (
            f"It returned something, so that replaces the {what}." if body else f"It returned None: the {what} stays."
        )
    if "with_kwargs" in text:
        return "Whether the hook was registered with `with_kwargs=True` decides what it is given."
    if "always_called" in text:
        return "Hooks with `always_call=True` are noted, so that none runs twice after an exception."
    if step.changes:
        return f"The {what} of this call is now what the hook returned: {step.changes[-1].value.text}."
    return _branch(step, after)


def _backward(step: Step, text: str, after: Step | None, frame: Frame, entered: Frame | None) -> str:
    if text.startswith("if"):
        taken = after is not None and after.line == step.end_line + 1
        what = "pre-hook" if "pre_hooks" in text and "full" not in text else "hook"
        return f"There is a backward {what}: autograd is told of it." if taken else f"There is no backward {what} here."
    return _starts(step) or _branch(step, after)


def _exceptional(step: Step, text: str, after: Step | None, frame: Frame, entered: Frame | None) -> str:
    if text.startswith("except") and step.changes:
        return "The hook raised as well. Its exception becomes a warning, since another one is on its way."
    if text.startswith("except"):
        return "An exception came out of `inner`. Hooks registered with `always_call=True` run before it goes on."
    if text == "raise":
        return "The exception goes on to whoever called the module."
    if text.startswith("for") and not step.changes:
        return "No hook of this kind is left."
    return _each_hook(step, text, after, "result")


def _starts(step: Step) -> str:
    said = [f"`{change.name}` is now {change.value.text}" for change in step.changes]
    return f"{' and '.join(said)}." if said else ""


def _branch(step: Step, after: Step | None) -> str:
    return f"Line {after.line} is next." if after is not None and after.kind == "statement" else ""
