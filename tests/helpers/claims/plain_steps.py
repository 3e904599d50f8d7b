"""Claims on values, changes, branches, calls and operations: what may be said of any function's steps."""

from __future__ import annotations

import re

from explorer.reading.narration.phrases import callee_text
from explorer.record import Change, Frame, ModuleCall, Node
from tests.helpers.claims import operations
from tests.helpers.claims.reading import At, Claims


def _returns(at: At, found: re.Match[str]) -> bool:
    value = at.step.value
    if at.frame.part is not None and at.frame.part.of != "coroutine":
        return False
    name = at.frame.function
    return (
        at.step.kind == "return"
        and value is not None
        and found[1] in (name, name.rpartition(".")[2])
        and value.text == found[2]
    )


def _is_list_of(text: str, parts: list[str]) -> bool:
    """Whether a text is a list of these parts, in this order, "a, b and c"; the last may be "5 more"."""
    for shown in (len(parts), 4):
        kept = parts[:shown]
        every = kept if shown >= len(parts) else [*kept, f"{len(parts) - shown} more"]
        if text == (", ".join(every[:-1]) + " and " + every[-1] if len(every) > 1 else "".join(every)):
            return True
    return False


def _arguments(at: At) -> list[str]:
    return [
        f"`{change.name}` = {change.value.text}"
        for change in at.step.changes
        if change.kind != "grad mode" and change.name != "self"
    ]


def _begins(at: At, found: re.Match[str]) -> bool:
    name = found[1] == at.frame.function and at.step.kind == "call" and not at.frame.goes_on
    return name and (_is_list_of(found[2], _arguments(at)) if found[2] else not _arguments(at))


def _hook_gets(at: At, found: re.Match[str]) -> bool:
    return _begins(at, found) and at.frame.role == "hook"


def _change(change: Change) -> str:
    if change.kind == "modified in place":
        return f"`{change.name}` is changed in place"
    if change.kind == "deleted":
        return f"`{change.name}` is deleted"
    if change.kind == "grad mode":
        return f"grad mode is now {change.value.constant}"
    return f"`{change.name}` {'is' if change.kind == 'new' else 'becomes'} {change.value.text}"


def _changed(at: At, found: re.Match[str]) -> bool:
    """Each change is told; a module need not be said to change where its attribute is."""
    text = found[0].removesuffix(".")
    text = text[:1].lower() + text[1:]
    changes = [change for change in at.step.changes if change.kind != "held"]
    told = {change.name.rpartition(".")[0] for change in changes}
    needed = [
        change
        for change in changes
        if not (change.kind == "modified in place" and change.value.tensor is None and change.name in told)
    ]
    return any(bool(each) and _is_list_of(text, [_change(change) for change in each]) for each in (changes, needed))


def _bound(at: At, found: re.Match[str]) -> bool:
    parts = [f"`{change.name}` is now {change.value.text}" for change in at.step.changes]
    return found[0].removesuffix(".") == " and ".join(parts)


def _condition(holds: bool):  # type: ignore[no-untyped-def]
    def check(at: At, found: re.Match[str]) -> bool:
        after = at.after
        if after is None or at.went_in is not holds:
            return False
        if found[1] is not None and not re.search(rf"\b(?:el)?if\s*{re.escape(found[1])}\s*:", at.text):
            return False
        if found[2] is not None:
            return after.line == int(found[2])
        return after.kind == "return" and found[3] == ("pauses" if at.frame.pauses else "returns")

    return check


def _ends_next(at: At) -> bool:
    return at.after is not None and at.after.kind == "return"


def _next_line(at: At, found: re.Match[str]) -> bool:
    return at.after is not None and at.after.kind == "statement" and at.after.line == int(found[1])


def _nothing(at: At, found: re.Match[str]) -> bool:
    return not at.step.changes and not _direct(at) and not at.raises


def _calls(at: At) -> list[ModuleCall]:
    """The outermost module calls that this statement made."""
    made = [call for call in at.run.calls if at.step.index < call.steps[0] < at.end]
    return [call for call in made if call.parent not in {each.index for each in made}]


def _direct(at: At) -> list[Node]:
    """The operations that ran in this statement, outside of the modules that it called."""
    inside = {call.index for call in at.run.calls if at.step.index < call.steps[0] < at.end}
    return [
        node
        for node in at.run.nodes
        if node.kind == "operation" and at.step.index <= node.steps[0] < at.end and node.call not in inside
    ]


_ORDINALS = ("", "", "second", "third")


def _ordinal(number: int) -> str:
    if number < 4:
        return _ORDINALS[number]
    last = "th" if 10 < number % 100 < 14 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{last}"


def _led_to(at: At, call: ModuleCall) -> tuple[Frame, Frame | None]:
    """The frame with which a module's call begins, and the one to which this statement itself led; both may be one."""
    begun = at.run.frames[at.run.steps[call.steps[0]].frame or 0]
    entered: Frame | None = begun
    while entered is not None and entered.caller != at.step.frame:
        entered = None if entered.caller is None else at.run.frames[entered.caller]
    return begun, entered


def _spelled_call(at: At, call: ModuleCall) -> list[str]:
    begun, entered = _led_to(at, call)
    direct = entered is begun
    owner = f"`{call.module}`" if call.module else "the outermost module"
    if begun.past_call and (entered is None or entered.function.rpartition(".")[2] != "__call__"):
        verb = "runs" if direct else "leads to"
        past = "`forward`, past `__call__`, so its hooks are not looked at"
        return [f"{verb} {each}'s {past}" for each in (owner, *(text[6:] for text in _plain_call(call)))]
    if direct and begun.entry == "called" and begun.through is None:
        return _plain_call(call)
    if entered is not None and entered.entry == "called" and entered.function.endswith(".__call__"):
        return [f"{text}, whose class has a `__call__` of its own" for text in _plain_call(call)]
    through = entered.through if entered is not None else None
    led = [f"leads to a call of {text[6:]}" for text in _plain_call(call)]
    return led if through is None else [f"calls {callee_text(through)}, which {text}" for text in led]


def _plain_call(call: ModuleCall) -> list[str]:
    again = f", for the {_ordinal(call.number)} time" if call.number > 1 else ""
    article = "an" if call.module_class[:1].lower() in "aeiou" else "a"
    registered = f"`{call.module}`" if call.module else "the outermost module"
    return [f"calls {registered} ({call.module_class}{again})", f"calls {article} `{call.module_class}`"]


def _spelled_node(node: Node) -> list[str]:
    if node.operation == "_local_scalar_dense":
        return ["takes a number out of a tensor"]
    return operations.spelled(node)


def _ran(at: At, found: re.Match[str]) -> bool:
    """ "It calls `fc1` (Linear), then runs the operation `relu`, then 3 more[, and does not get to the end]."."""
    expected = [(call.steps[0], _spelled_call(at, call)) for call in _calls(at)]
    expected += [(node.steps[0], _spelled_node(node)) for node in _direct(at)]
    expected.sort(key=lambda part: part[0])
    if (found[2] is not None) != at.raises:
        return False
    parts = found[1].split(", then ")
    rest = re.fullmatch(r"(\d+) more", parts[-1])
    if rest is not None:
        parts.pop()
    if len(expected) != len(parts) + (int(rest[1]) if rest is not None else 0):
        return False
    return all(part in spelled for part, (_, spelled) in zip(parts, expected, strict=False))


def _enters(at: At, found: re.Match[str]) -> bool:
    return at.entered is not None and at.entered.function == found[1]


def _grad_mode(at: At, found: re.Match[str]) -> bool:
    return any(change.kind == "grad mode" and change.value.constant == found[1] for change in at.step.changes)


def _warned(at: At, found: re.Match[str]) -> bool:
    given = [each for each in at.seen.warnings if each.step == at.step.index and each.category == found[2]]
    return any(each.by_torch is (found[1] == "torch warns") for each in given)


CLAIMS: Claims = (
    (r"(torch warns|A warning is given) \(`(\w+)`\)(?:: `.*`|, without a text)\.", _warned),
    (r"`([\w.<>#]+)` returns (.+)\.", _returns),
    (r"`([\w.<>#]+)` begins(?: with (.+))?\.", _begins),
    (r"A hook runs:", lambda at, _: at.step.kind == "call" and at.frame.role == "hook"),
    (r"`([\w.<>#]+)` gets ?(.+)?\.", _hook_gets),
    (r"(?:`.+|[Gg]rad mode is now \w+.*)\.", _changed),
    (r"`.+` is now .+\.", _bound),
    (r"Grad mode is (\w+) when it begins\.", _grad_mode),
    (r"The condition (?:`(.+)` )?holds, so (?:line (\d+) is next|the function (returns|pauses))\.", _condition(True)),
    (
        r"The condition (?:`(.+)` )?does not hold, so (?:line (\d+) is next|the function (returns|pauses))\.",
        _condition(False),
    ),
    (r"Line (\d+) is next\.", _next_line),
    (r"It is the last line\.", lambda at, _: at.after is None or at.after.kind == "return"),
    (r"No name is bound to another object, and no operation runs\.", _nothing),
    (r"The function ends here\.", lambda at, _: _ends_next(at) and not at.frame.pauses),
    (r"It (.+?)(, and does not get to the end)?\.", _ran),
    (r"First `([\w.<>#]+)` is entered\.", _enters),
    (r"It does not get to its end: it raises\.", lambda at, _: at.raises),
    (
        r"No override of torch's functions is in force here, so torch's own code goes on\.",
        lambda at, _: "has_torch_function" in at.text and at.went_in is False,
    ),
    (
        r"The iterator (?:has no more items: the loop ends|is asked for its next item, and has none)\.",
        lambda at, _: at.text.lstrip().startswith(("for ", "async for ")),
    ),
)
