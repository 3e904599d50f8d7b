"""Claims on backward hooks: found, tied to autograd's graph, and run on the way back; and on `_slow_forward`."""

from __future__ import annotations

import re

from tests.helpers.claims.call_path import statement
from tests.helpers.claims.plain_steps import _arguments, _is_list_of
from tests.helpers.claims.reading import At, Check, Claims


def _in_backward(at: At) -> bool:
    begun = at.seen.trace.backward_from
    return begun is not None and at.step.index >= begun


def _gets(at: At, function: str, arguments: str) -> bool:
    given = [part for part in _arguments(at) if not part.startswith("`module` = ")]
    return at.step.kind == "call" and at.frame.function == function and _is_list_of(arguments, given)


def _where(at: At, found: re.Match[str]) -> bool:
    if not _in_backward(at) or at.frame.role != "hook":
        return False
    who = f"`{at.frame.module}`" if at.frame.module else "the outermost module"
    return found["who"] == who and _gets(at, found["hook"], found["given"])


def _changes(name: str, whether: bool, text: str) -> Check:
    """The statement has this text and did, or did not, give the name a new value."""
    check = statement(text)

    def both(at: At, found: re.Match[str]) -> bool:
        return check(at, found) and any(change.name == name for change in at.step.changes) is whether

    return both


def _collected(at: At, found: re.Match[str]) -> bool:
    values = [change.value.text for change in at.step.changes if change.name == "backward_pre_hooks"]
    return statement("_get_backward_pre_hooks")(at, found) and (found[1] is None or values == [found[1]])


def _has_type(name: str) -> Check:
    """The name holds a value of the type that the sentence names."""

    def check(at: At, found: re.Match[str]) -> bool:
        value = at.names().get(name)
        return value is not None and value.type == found[1]

    return check


def _no_grad_in(name: str) -> Check:
    """Autograd recorded nothing of what the name holds, by the record's facts of its tensors."""

    def check(at: At, found: re.Match[str]) -> bool:
        values = [
            change.value
            for step in at.run.steps[: at.step.index + 1]
            if step.frame in (at.frame.index, at.frame.caller)
            for change in step.changes
            if change.name == name
        ]
        if not values:
            return False
        tensors = [values[-1].tensor, *(item.tensor for _, item in values[-1].items)]
        return not any(facts.requires_grad for facts in tensors if facts is not None)

    return check


def _scope_name(at: At, found: re.Match[str]) -> bool:
    return any(change.name == "name" and change.value.text == found[1] for change in at.step.changes)


GIVEN = r"the hook `(?P<hook>[^`]+)` gets (?P<given>.+)\."
CLAIMS: Claims = (
    (r"There is a full backward pre-hook, this module's or a global one\.", statement("if .*backward_pre_hooks", True)),
    (r"There is no full backward pre-hook\.", statement("if .*backward_pre_hooks", False)),
    (r"There is a backward hook, this module's or a global one\.", statement("if .*_backward_hooks", True)),
    (r"There is no backward hook\.", statement("if .*_backward_hooks", False)),
    (r"They are collected, global ones first(?:: (.+))?\.", _collected),
    (
        r"They are collected, global ones first, full and legacy ones apart\.",
        statement("full_backward_hooks, non_full_backward_hooks = self\\._get_backward_hooks"),
    ),
    (
        r"Full backward hooks and pre-hooks want to know where this module begins and ends in the autograd graph\.",
        statement("if full_backward_hooks or backward_pre_hooks", True),
    ),
    (
        r"No full backward hook or pre-hook: the arguments need no mark in the autograd graph\.",
        statement("if full_backward_hooks or backward_pre_hooks", False),
    ),
    (
        r"A `BackwardHook` will mark what autograd records of this module's arguments and of its result\.",
        statement("BackwardHook\\("),
    ),
    (
        r"An identity operation of autograd marks the arguments: `backward\(\)` comes to it after this module\.",
        _changes("args", True, "setup_input_hook"),
    ),
    (r"Autograd records none of the tensors in `args`, so none is marked\.", _no_grad_in("args")),
    (
        r"(?:Marking the arguments raises|There is no argument to mark|No argument is marked"
        r"|No item of `args` is a tensor.*: nothing is marked|`args` is empty.*: nothing is marked)\.",
        _changes("args", False, "setup_input_hook"),
    ),
    (
        r"Grad mode is off, so (?:no argument|the result|nothing in the result) is (?:not )?marked\.",
        lambda at, _: at.seen.grad_mode != "enabled",
    ),
    (r"The result is to be marked, as the arguments were to be\.", statement("if bw_hook", True)),
    (r"No full backward hook or pre-hook: the result needs no mark\.", statement("if bw_hook", False)),
    (
        r"The result is neither a tensor nor a tuple, so backward hooks cannot be tied to it: torch warns\.",
        statement("if not isinstance\\(result", True),
    ),
    (r"The result is a tensor or a tuple, so it can be marked\.", statement("if not isinstance\\(result", False)),
    (r"The warning says that the backward hooks will not be called\.", statement("warnings\\.warn")),
    (
        r"An identity operation of autograd marks the result: `backward\(\)` comes to it before this module\.",
        _changes("result", True, "setup_output_hook"),
    ),
    (r"Autograd did not record the result, so it is not marked\.", _no_grad_in("result")),
    (r"Autograd recorded none of the tensors in the result, so none is marked\.", _no_grad_in("result")),
    (
        r"`setup_output_hook` looks for tensors in a tuple, and finds only (?:an? `(\w+)`|(None)): nothing is marked\.",
        lambda at, found: (
            _changes("result", False, "setup_output_hook")(at, found)
            and (_has_type("result")(at, found) if found[1] else at.names()["result"].type == "NoneType")
        ),
    ),
    (
        r"(?:No item of|Nothing in|Marking) the result .*\.|The result is (?:not marked|an empty tuple.*)\.",
        _changes("result", False, "setup_output_hook"),
    ),
    (r"There is a legacy backward hook\.", statement("if non_full_backward_hooks", True)),
    (r"There is no legacy backward hook\.", statement("if non_full_backward_hooks", False)),
    (r"`var` is no tensor yet: a part of it is taken\.", statement("while not isinstance\\(var", True)),
    (r"`var` is a tensor\.", statement("while not isinstance\\(var", False)),
    (r"`var` is a dict: its first tensor is taken\.", statement("if isinstance\\(var, dict", True)),
    (r"`var` is no dict: its first item is taken\.", statement("if isinstance\\(var, dict", False)),
    (
        r"Autograd recorded the result, so legacy hooks can hang on its `grad_fn`\.",
        statement("if grad_fn is not None", True),
    ),
    (
        r"Autograd did not record the result: legacy hooks have nothing to hang on\.",
        statement("if grad_fn is not None", False),
    ),
    (r"The next legacy hook\.", statement("for hook in non_full_backward_hooks", True)),
    (r"No legacy hook is left\.", statement("for hook in non_full_backward_hooks", False)),
    (
        r"The hook hangs on `grad_fn` now(?:, an? `(\w+)`)?: `backward\(\)` runs it right after that function\.",
        lambda at, found: (
            statement("grad_fn\\.register_hook")(at, found)
            and (found[1] is None or at.names()["grad_fn"].type == found[1])
        ),
    ),
    (
        r"torch warns where a legacy hook sees too little: where the result or an argument is no tensor, or where "
        r"this function is not all that autograd recorded of the module\.",
        statement("_maybe_warn_non_full_backward_hook"),
    ),
    # On the way back.
    (rf"Going back, autograd has reached (?P<who>.+?): {GIVEN}", _where),
    (rf"Going back, autograd has run the function on which a hook of (?P<who>.+?) hangs: {GIVEN}", _where),
    (
        r"Going back, autograd calls the hook `([^`]+)`, which gets (.+)\.",
        lambda at, found: _in_backward(at) and at.frame.role == "hook" and _gets(at, found[1], found[2]),
    ),
    (
        r"Going back, autograd calls `([^`]+)`, which gets (.+)\.",
        lambda at, found: _in_backward(at) and at.frame.role == "function" and _gets(at, found[1], found[2]),
    ),
    (
        r"None stands (?:in the place of an input that needs no gradient"
        r"|where that function has no gradient to give)\.",
        lambda at, _: (
            _in_backward(at)
            and any(
                item.type == "NoneType"
                for change in at.step.changes
                if change.name == "grad_input"
                for _, item in change.value.items
            )
        ),
    ),
    # Under `torch.jit.trace`.
    (r"`torch\.jit` keeps what it has seen so far in its tracing state\.", statement("_get_tracing_state")),
    (r"Nothing is to be noted, so `forward` is called at once\.", statement("if not tracing_state", True)),
    (r"`torch\.jit` is tracing, and `forward` is Python\.", statement("if not tracing_state", False)),
    (r"Is the script to say which module each operation came from?\?", statement("recording_scopes =")),
    (r"Operations are noted under the name of their module\.", statement("if recording_scopes", True)),
    (r"No name of this module was noted\.", statement("if recording_scopes", False)),
    (r"The script has no name for this module\.", statement("name = ")),
    (r"The name of this module in the script: (.+)\.", _scope_name),
    (r"The module has a name there\.", statement("if name", True)),
    (r"The module has no name there, so none is noted\.", statement("if name", False)),
    (r"What runs from here on is noted under that name\.", statement("push_scope")),
    (r"So no name is to be taken back afterwards\.", statement("recording_scopes = False")),
    (r"Whatever `forward` raises, the name is taken back afterwards\.", statement(r"^\s*try:")),
    (
        r"Whatever `forward` raises, the `finally` below runs; there is no name to take back\.",
        statement(r"^\s*try:"),
    ),
    (r"What runs after this is noted under the caller's name again\.", statement("pop_scope")),
    # Under `torch.compile`.
    (
        r"What `torch\.compile` made of `_call_impl` is called(?:: `_call_impl` itself runs as Python, and what it "
        r"calls is compiled)?\.",
        statement(r"_compiled_call_impl\("),
    ),
    (
        r"What `torch\.compile` made of `([^`]+)` runs in its place, so none of its lines does\.",
        lambda at, found: found[1] == at.frame.function and at.step.kind == "statement",
    ),
)
