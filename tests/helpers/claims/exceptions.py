"""Claims on exceptions: who raised, who caught, where one left."""

from __future__ import annotations

import ast
import re

from explorer.record import SeenException, Step
from tests.helpers.claims.reading import At, Check, Claims, lines_of


def _raised(at: At, found: re.Match[str]) -> bool:
    value = at.step.value
    return at.step.kind == "exception" and value is not None and value.text.removesuffix(".") == found[1]


def _later(at: At) -> list[Step]:
    return [step for step in at.run.steps[at.step.index + 1 :] if step.frame == at.step.frame]


def _catches(at: At, found: re.Match[str]) -> bool:
    """The frame went on to its end, or into the body of an `except`."""
    if found[1] != at.frame.function or at.step.kind != "exception":
        return False
    tree = ast.parse("\n".join(lines_of(at.frame.file)))
    bodies = {
        line
        for node in ast.walk(tree)
        if isinstance(node, ast.ExceptHandler)
        for line in range(node.body[0].lineno, (node.body[-1].end_lineno or 0) + 1)
    }
    later = {step.line for step in _later(at) if step.kind == "statement"}
    ended = at.step.frame in at.run.returned and not at.frame.pauses
    return ended or not bodies.isdisjoint(later)


def _leaves(at: At, found: re.Match[str]) -> bool:
    gone = at.step.kind == "exception" and at.step.frame not in at.run.returned
    return gone and found[1] == at.frame.function and not [step for step in _later(at) if step.kind != "exception"]


def _on_its_way(at: At, found: re.Match[str]) -> bool:
    return at.step.kind == "exception" and found[1] == at.frame.function and at.step.frame not in at.run.returned


def _ends_the_call(at: At, found: re.Match[str]) -> bool:
    if at.seen.error is None or at.seen.error.step != at.step.index:
        return False
    later = [step for step in at.run.steps[at.step.index + 1 :] if step.kind == "exception"]
    return all(_came_from_below(at, step) for step in later if step.exception == at.step.exception)


def _came_from_below(at: At, step: Step) -> bool:
    before = at.run.steps[step.index - 1]
    return before.frame is not None and before.frame != step.frame and before.kind != "return"


def _text_of(at: At, number: int | None) -> str | None:
    """The exception with that number, as the step that saw it first has it."""
    if number is None:
        return None
    value = at.run.steps[at.seen.trace.exceptions[number].step].value
    return None if value is None else value.text.removesuffix(".")


def _seen(at: At) -> SeenException | None:
    return None if at.step.exception is None else at.seen.trace.exceptions[at.step.exception]


def _linked(link: str) -> Check:
    def check(at: At, found: re.Match[str]) -> bool:
        seen = _seen(at)
        return seen is not None and seen.step == at.step.index and _text_of(at, getattr(seen, link)) == found[1]

    return check


def _follows(at: At, found: re.Match[str]) -> bool:
    """The exception left a frame that this statement entered, and another function raised this one."""
    seen = _seen(at)
    if seen is None or seen.follows is None or found[2] != _text_of(at, seen.follows) or found[3] != seen.function:
        return False
    left = at.run.frames[at.run.steps[at.seen.trace.exceptions[seen.follows].step].frame or 0]
    return left.function == found[1] and left.caller == at.step.frame and left.index not in at.run.returned


def _again(at: At, found: re.Match[str]) -> bool:
    seen = _seen(at)
    return seen is not None and seen.step < at.step.index and _raised(at, found)


def _catches_and_raises(at: At, found: re.Match[str]) -> bool:
    """The frame caught it, raised nothing else after it, and came to its end at a `raise` alone."""
    later = _later(at)
    if at.step.frame in at.run.returned or not later or any(step.kind == "exception" for step in later):
        return False
    text = lines_of(at.frame.file)[later[-1].line - 1].strip().partition("#")[0].strip()
    return found[1] == at.frame.function and str(later[-1].line) == found[2] and text == "raise"


def _group_handlers(at: At) -> set[int]:
    """Return the lines in the `except*` handlers of the step's file, the headers among them."""
    tree = ast.parse("\n".join(lines_of(at.frame.file)))
    return {
        line
        for node in ast.walk(tree)
        if isinstance(node, ast.TryStar)
        for handler in node.handlers
        for line in range(handler.lineno, (handler.end_lineno or 0) + 1)
    }


def _handles_a_part(at: At, found: re.Match[str]) -> bool:
    """Return whether the frame came to an `except*` and ended all the same; with no other exception for all that."""
    later = _later(at)
    handled = any(step.kind == "statement" and step.line in _group_handlers(at) for step in later)
    ended = at.step.kind == "exception" and at.step.frame not in at.run.returned and found[1] == at.frame.function
    others = any(step.kind == "exception" for step in later)
    return handled and ended and others is (found[2] is None)


def _part_of(at: At, found: re.Match[str]) -> bool:
    seen = _seen(at)
    if seen is None or seen.part_of is None or seen.step != at.step.index:
        return False
    whole = at.seen.trace.exceptions[seen.part_of]
    numbers = str(seen.members), str(whole.members)
    return (
        0 < seen.members <= whole.members and numbers == (found[1], found[2]) and _text_of(at, seen.part_of) == found[3]
    )


CLAIMS: Claims = (
    (r"`([\w.<>#]+)` handles a part of the exception(, and the rest leaves it)\.", _handles_a_part),
    (r"`([\w.<>#]+)` begins to handle the exception in an `except\*`((?!))?\.", _handles_a_part),
    (r"It has (\d+) of the (\d+) exceptions? in (.+)\.", _part_of),
    (r"This statement raises the same exception again: (.+)\.", _again),
    (r"It was raised while (.+) was being handled\.", _linked("context")),
    (r"Its cause is (.+)\.", _linked("cause")),
    (
        r"It is another one than the exception that left `([\w.<>#]+)`, (.+): `([\w.<>#]+)` raised it after that\.",
        _follows,
    ),
    (r"`([\w.<>#]+)` catches the exception, and line (\d+) raises it again\.", _catches_and_raises),
    (r"This statement raises (.+)\.", _raised),
    (
        r"`([\w.<>#]+)` goes on for now: the exception is caught, or leaves later\.",
        lambda at, found: (
            found[1] == at.frame.function and at.frame.part is not None and at.frame.part.until is not None
        ),
    ),
    (r"It raises the exception again\.", lambda at, _: at.text.lstrip().startswith("raise") and not at.raises),
    (r"The call ends without a result\.", _ends_the_call),
    (r"`([\w.<>#]+)` catches the exception and goes on\.", _catches),
    (r"The exception leaves `([\w.<>#]+)`: nothing in it catches it\.", _leaves),
    (
        r"The exception is on its way out of `([\w.<>#]+)`: what still runs there does not catch it\.",
        _on_its_way,
    ),
)
