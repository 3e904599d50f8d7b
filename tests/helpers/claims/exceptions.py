"""Claims on exceptions: who raised, who caught, where one left."""

from __future__ import annotations

import ast
import re

from explorer.record import Step
from tests.helpers.claims.reading import At, Claims, lines_of


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
    return at.step.frame in at.run.returned or not bodies.isdisjoint(later)


def _leaves(at: At, found: re.Match[str]) -> bool:
    gone = at.step.kind == "exception" and at.step.frame not in at.run.returned
    return gone and found[1] == at.frame.function and not [step for step in _later(at) if step.kind != "exception"]


def _on_its_way(at: At, found: re.Match[str]) -> bool:
    return at.step.kind == "exception" and found[1] == at.frame.function and at.step.frame not in at.run.returned


def _ends_the_call(at: At, found: re.Match[str]) -> bool:
    return at.seen.error is not None and at.seen.error.step == at.step.index


CLAIMS: Claims = (
    (r"This statement raises (.+)\.", _raised),
    (r"The call ends without a result\.", _ends_the_call),
    (r"`([\w.<>#]+)` catches the exception and goes on\.", _catches),
    (r"The exception leaves `([\w.<>#]+)`: nothing in it catches it\.", _leaves),
    (
        r"The exception is on its way out of `([\w.<>#]+)`: what still runs there does not catch it\.",
        _on_its_way,
    ),
)
