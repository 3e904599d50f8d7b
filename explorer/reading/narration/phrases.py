"""Parts of a sentence about one statement: where a frame goes on, what changed, what was called and what ran."""

from __future__ import annotations

from collections.abc import Sequence

from explorer.reading.narration.operation_facts import what_it_did
from explorer.record import Callee, Change, Frame, ModuleCall, Node, Step, Summary
from explorer.wording import listed, ordinal, with_article


def way_on(after: Step, future_tense: bool, pauses: bool = False) -> str:
    """Return where a frame goes on.

    future_tense: the statement before it is still to come to its end. pauses: the frame ends with a pause.
    """
    if after.kind == "return":
        verb = "pause" if pauses else "return"
        return f"the function {f'will {verb}' if future_tense else f'{verb}s'}"
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
        elif change.kind == "deleted":
            parts.append(f"`{change.name}` {be} deleted")
        elif change.kind == "grad mode":
            parts.append(f"grad mode {now} {change.value.constant}")
        else:
            parts.append(f"`{change.name}` {be if change.kind == 'new' else become} {value_text(change.value)}")
    text = listed(parts, most=4)
    return f"{text[0].upper()}{text[1:]}." if text else ""


def module_called(call: ModuleCall, begun: Frame | None, entered: Frame | None) -> str:
    """Return what a statement does that a module's call came of, and how often that was called by then.

    begun: the frame with which the call begins.
    entered: the frame that the statement itself led to, and in which the call began; None where it is not known.
    """
    path = f"`{call.module}`" if call.module else "the outermost module"
    again = f", for the {ordinal(call.number)} time" if call.number > 1 else ""
    who = f"{path} ({call.module_class}{again})" if call.registered else with_article(call.module_class)
    if entered is None or begun is None:
        return f"leads to a call of {who}"
    if entered is not begun and entered.entry == "called" and _is_its_own_call(entered, call):
        return f"calls {who}, whose class has a `__call__` of its own"
    owner = f"{path if call.registered else who}'s"
    if begun.past_call:
        past = "past `__call__`, so its hooks are not looked at"
        return f"runs {owner} `forward`, {past}" if entered is begun else f"leads to {owner} `forward`, {past}"
    if entered.entry == "called" and entered.through is None and entered is begun:
        return f"calls {who}"
    through = f"calls {callee_text(entered.through)}, which " if entered.through is not None else ""
    return f"{through}leads to a call of {who}"


def _is_its_own_call(entered: Frame, call: ModuleCall) -> bool:
    """Return whether a frame is that of a `__call__` which the module's own class has."""
    same = entered.module == call.module and entered.module_class == call.module_class
    return same and entered.role == "other" and entered.function.endswith(".__call__")


def callee_text(callee: Callee) -> str:
    """Return what was called, as part of a sentence: "`f`", "a `WeightNorm` of `torch.nn.utils.weight_norm`"."""
    if callee.kind in ("object", "module"):
        origin = f" of `{callee.origin}`" if callee.origin and callee.kind == "object" else ""
        where = f" (`{callee.module}`)" if callee.kind == "module" and callee.module else ""
        return f"{with_article(callee.name)}{origin}{where}"
    words = {"builtin": "the builtin ", "partial": "a partial of ", "class": "the class "}
    return f"{words.get(callee.kind, '')}`{callee.name}`"


def operation_ran(node: Node) -> str:
    if node.operation == "_local_scalar_dense":  # `if x.sum() > 0`, `float(x)`, `x.item()`
        return "takes a number out of a tensor"
    did = what_it_did(node)
    return f"runs the operation `{node.operation}`{f', which {did}' if did else ''}"


def module_of(frame: Frame) -> str:
    """Return the module's dotted path; its class for the outermost one, the function's name without a module."""
    return frame.module or frame.module_class or frame.function


def value_text(value: Summary | None) -> str:
    return "nothing" if value is None else value.text
