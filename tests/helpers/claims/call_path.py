"""Claims on the statements of `Module.__call__`: the look-up, `_wrapped_call_impl`, `_call_impl`, `inner`.

Which statement a sentence is about is read off torch's text here, not off the roles that chose the sentence.
"""

from __future__ import annotations

import re

from explorer.reading.narration.phrases import callee_text
from tests.helpers.claims.reading import At, Check, Claims


def _lookup(*conditions: str) -> Check:
    def check(at: At, found: re.Match[str]) -> bool:
        return at.step.kind == "lookup" and at.seen.lookup.attribute in conditions

    return check


def _found_in(at: At, found: re.Match[str]) -> bool:
    return at.step.kind == "lookup" and (at.seen.lookup.type, at.seen.lookup.provider) == (found[1], found[2])


def _searched(at: At, found: re.Match[str]) -> bool:
    names = re.findall(r"`([\w.<>]+)`", found[1])
    return at.step.kind == "lookup" and names == [name.rpartition(".")[2] for name in at.seen.lookup.searched]


def _who(at: At, named: str) -> bool:
    frame = at.frame
    return named == (f"`{frame.module}` ({frame.module_class})" if frame.module else f"`{frame.module_class}`")


def _enters(function: str, group: int = 1) -> Check:
    """The step is the call of this function of torch's, for the module that the sentence names."""

    def check(at: At, found: re.Match[str]) -> bool:
        return at.step.kind == "call" and at.frame.function.endswith(function) and _who(at, found[group])

    return check


def statement(text: str, went_in: bool | None = None) -> Check:
    """The statement's text has this pattern, and the frame went on in its body, or past it."""

    def check(at: At, found: re.Match[str]) -> bool:
        if at.step.kind != "statement" or at.frame.role != "call path":
            return False
        return re.search(text, at.text) is not None and (went_in is None or at.went_in is went_in)

    return check


def _is_another_name(at: At, found: re.Match[str]) -> bool:
    inside = at.step.kind == "call" and at.frame.function.endswith("_wrapped_call_impl")
    return inside and _value_of_call("__call__") == _value_of_call("_wrapped_call_impl")


def _value_of_call(name: str) -> object:
    from torch import nn

    return vars(nn.Module)[name]


def _over(at: At, found: re.Match[str]) -> bool:
    value = at.step.value
    ended = at.step.kind == "return" and at.frame.function.endswith("_wrapped_call_impl")
    return ended and value is not None and value.text == found[2] and _who(at, found[1])


def _runs(at: At, found: re.Match[str]) -> bool:
    """The function that is said to run is the one that the next step begins; a script's `forward` has no frame."""
    if found["raises"] is not None and not at.raises:
        return False
    if at.entered is None:
        return found["name"] == "forward" and re.search(r"forward_call\(|self\.forward\(", at.text) is not None
    return at.entered.function == found["name"]


def _skipped(at: At, found: re.Match[str]) -> bool:
    fast = re.search(r"return forward_call\(", at.text) is not None
    return fast and int(found[1]) == at.frame.last_line - at.step.end_line


def _forward_call_is(at: At, found: re.Match[str]) -> bool:
    value = next((change.value for change in at.step.changes if change.name == "forward_call"), None)
    if value is None:
        return False
    if found[1] == "_slow_forward":
        return isinstance(value.constant, str) and value.constant.endswith("._slow_forward")
    return found[1] == value.constant or (found[1] == "self.forward" and f"of type `{value.type}`" in found[0])


def _runs_unseen(at: At, found: re.Match[str]) -> bool:
    called = at.step.called
    entered = [frame for frame in at.run.frames if frame.caller == at.step.frame and frame.role == "forward"]
    return (
        called is not None and callee_text(called) == found[1] and not entered and at.raises is (found[2] is not None)
    )


def _made(at: At, found: re.Match[str]) -> bool:
    called = at.step.called
    return called is not None and (called.name, called.kind) == (found[1], found[2]) and called.runs_later


CLAIMS: Claims = (
    (
        r"To call an object, Python looks for `__call__` in its class and that class's bases, never on the object "
        r"itself\.",
        _lookup("__call__"),
    ),
    (r"For `([\w.<>]+)` it is found in the class `([\w.<>]+)`\.", _found_in),
    (r"To call an object, Python looks for `__call__` in its class and that class's bases: (.+)\.", _searched),
    (
        r"None has it, so Python raises a `TypeError` before any line runs\.",
        lambda at, _: at.seen.lookup.provider is None and len(at.run.steps) == 1,
    ),
    (
        r"The object has an? (?:`__call__`|attribute) of (?:its own, which is ignored"
        r"|that name, but a call never looks there)\.",
        lambda at, _: at.step.kind == "lookup" and at.seen.lookup.instance_attribute,
    ),
    (
        r"`model\.forward` is an attribute like any other: Python finds it (?:in `(.+)`|on the object itself)\.",
        lambda at, found: (
            at.seen.lookup.instance_attribute if found[1] is None else at.seen.lookup.provider == found[1]
        ),
    ),
    (
        r"`__call__` plays no part(?:, so nothing will look for hooks of this module)?\.",
        lambda at, _: at.step.kind == "lookup" and at.seen.lookup.attribute == "forward",
    ),
    (
        r"`__call__` was not involved: hooks of this module are not looked at\.",
        lambda at, _: at.step.kind == "call" and at.frame.role == "forward" and at.frame.past_call,
    ),
    (
        r"`(.+)` enters torch here: `Module\.__call__` is another name for `_wrapped_call_impl`\.",
        lambda at, found: _is_another_name(at, found) and found[1] == at.seen.expression and at.frame.caller is None,
    ),
    (
        r"Calling (?:the submodule )?(.+) is a call like the outermost one: `__call__` is `_wrapped_call_impl`\.",
        lambda at, found: _is_another_name(at, found) and _who(at, found[1]),
    ),
    (
        r"`_call_impl` decides how to run (.+): straight to `forward`, or around it with hooks\.",
        _enters("Module._call_impl"),
    ),
    (
        r"`inner` is the slow path: pre-hooks, `forward`, hooks, in this order\.",
        lambda at, _: at.step.kind == "call" and at.frame.function.endswith(".inner"),
    ),
    (
        r"A tracer of `torch\.jit` is active, so `_slow_forward` calls `forward` for (.+)\.",
        _enters("Module._slow_forward"),
    ),
    (r"The call of (.+?) is over: its value is (.+)\.", _over),
    (
        r"`compile\(\)` was called on this module: what it made of `_call_impl` is called in its place\.",
        statement(r"_compiled_call_impl", True),
    ),
    (
        r"`compile\(\)` was not called on this module, so the ordinary way goes on\.",
        statement(r"_compiled_call_impl", False),
    ),
    (r"The call is passed on, with the same arguments\.", statement(r"return self\._call_impl\(\*args, \*\*kwargs\)")),
    (
        r"`torch\.jit` is (?:not )?tracing, so `forward_call` is (?:the method )?`([\w.<>]+)`(?:, of type `[\w.]+`)?\.",
        _forward_call_is,
    ),
    (
        r"All 8 hook registries are empty, this module's and the global ones, so `__call__` goes straight to "
        r"`forward`\.",
        statement(r"not \(self\._backward_hooks or", True),
    ),
    (
        r"At least one of the 8 hook registries is not empty, this module's or a global one, so the path with hooks "
        r"begins\.",
        statement(r"not \(self\._backward_hooks or", False),
    ),
    (
        r"The path with hooks is a function of its own, so that an exception in it can be caught\.",
        statement(r"def inner\("),
    ),
    (
        r"Nothing is being compiled at this moment, so exceptions are looked after\.",
        statement(r"if torch\.compiler\.is_compiling\(\)", False),
    ),
    (
        r"From here on an exception is caught, for the hooks with `always_call=True`\.",
        statement(r"^\s*try:"),
    ),
    (r"`inner` runs now\.", statement(r"return inner\(\)")),
    (
        r"Should it raise, forward hooks registered with `always_call=True` still get their turn\.",
        statement(r"return inner\(\)"),
    ),
    (r"`(?P<name>[\w.<>#]+)` runs(?: at last)?(?P<raises>, and raises)?\.", _runs),
    (r"`forward` is (.+), which runs(?: at last)?(, and raises)?\.", _runs_unseen),
    (r"`([\w.<>]+)` is an? (.+ function): an? .+ is made, and no line of it runs\.", _made),
    (r"The (\d+) lines of `_call_impl` below this one are skipped\.", _skipped),
    (r"What it returns is `result`(?:, until a hook replaces it)?\.", statement(r"result = ")),
    (r"What it returns is handed back as it is\.", statement(r"return self\.forward\(")),
    (r"No forward hook is left to run: `inner` hands the result back\.", statement(r"return result")),
)
