"""Parts of a sentence about one statement: where a frame goes on, what changed, what was called and what ran."""

from __future__ import annotations

from collections.abc import Sequence

from explorer.record import Change, Frame, ModuleCall, Node, Step, Summary
from explorer.wording import listed, ordinal, with_article


def way_on(after: Step, future_tense: bool) -> str:
    """Return where a frame goes on; future_tense: the statement before it is still to come to its end."""
    if after.kind == "return":
        return f"the function {'will return' if future_tense else 'returns'}"
    return f"line {after.line} {'will follow' if future_tense else 'is next'}"


def grad_mode_at_entry(step: Step) -> str:
    """Return a sentence where a frame begins under another grad mode than the last step had; else ""."""
    found = [change.value.constant for change in step.changes if change.kind == "grad mode"]
    return f" Grad mode is {found[0]} when it begins." if found and step.kind == "call" else ""


def changes_made(changes: Sequence[Change], future_tense: bool) -> str:
    """Return a sentence on what a statement changed; "" where it changed nothing.

    future_tense: the statement is still to come to its end.
    """
    be, now, become = ("will be", "will be", "will become") if future_tense else ("is", "is now", "becomes")
    parts = []
    owners = {change.name.rpartition(".")[0] for change in changes}
    for change in changes:
        if change.kind == "modified in place" and change.name in owners:
            continue  # what changed of it is told
        if change.kind == "modified in place":
            parts.append(f"`{change.name}` {be} changed in place")
        elif change.kind == "grad mode":
            parts.append(f"grad mode {now} {change.value.constant}")
        else:
            parts.append(f"`{change.name}` {be if change.kind == 'new' else become} {value_text(change.value)}")
    text = listed(parts, most=4)
    return f"{text[0].upper()}{text[1:]}." if text else ""


def module_called(call: ModuleCall, registered: bool) -> str:
    """Return what a statement does that calls a module, and how often it was called by then.

    registered: whether it is the outermost module or one of its submodules.
    """
    if not registered:
        return f"calls {with_article(call.module_class)}"
    again = f", for the {ordinal(call.number)} time" if call.number > 1 else ""
    return f"calls {f'`{call.module}`' if call.module else 'the outermost module'} ({call.module_class}{again})"


def operation_ran(node: Node) -> str:
    if node.operation == "_local_scalar_dense":  # `if x.sum() > 0`, `float(x)`, `x.item()`
        return "takes a number out of a tensor"
    return f"runs the operation `{node.operation}`"


def module_of(frame: Frame) -> str:
    """Return the module's dotted path; its class for the outermost one, the function's name without a module."""
    return frame.module or frame.module_class or frame.function


def value_text(value: Summary | None) -> str:
    return "nothing" if value is None else value.text
