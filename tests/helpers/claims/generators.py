"""Claims on generators and coroutines: where one goes on, pauses and is finished."""

from __future__ import annotations

import ast
import re
from functools import lru_cache

from explorer.record import FramePart
from tests.helpers.claims.reading import At, Claims, lines_of

WAITS = {"yield": ast.Yield, "yield from": ast.YieldFrom, "where it wait": ast.Await | ast.AsyncFor | ast.AsyncWith}
PAUSES = {"yield": "yield", "yield from": "yield from", "where it wait": "await"}


@lru_cache(maxsize=64)
def _pausing(file: str) -> tuple[ast.AST, ...]:
    kinds = (ast.Yield, ast.YieldFrom, ast.Await, ast.AsyncFor, ast.AsyncWith)
    return tuple(node for node in ast.walk(ast.parse("\n".join(lines_of(file)))) if isinstance(node, kinds))


def _stands_at(at: At, where: str) -> bool:
    """Return whether the text of the step has such a pause."""
    lines = range(at.step.line, at.step.end_line + 1)
    nodes = (node for node in _pausing(at.frame.file) if isinstance(node, WAITS[where]))
    return any(node.lineno in lines or (node.end_lineno or 0) in lines for node in nodes)


def _where(text: str) -> str:
    return next(name for name in ("yield from", "yield", "where it wait") if name in text)


def _part(at: At, name: str) -> FramePart | None:
    return at.frame.part if at.frame.function == name else None


def _goes_on(at: At, found: re.Match[str]) -> bool:
    part, where = _part(at, found[1]), _where(found[2])
    if part is None or at.step.kind != "call" or part.after != PAUSES[where] or at.step.line != int(found[3]):
        return False
    return part.thrown is (found[4] is not None) and _stands_at(at, where)


def _never_begins(at: At, found: re.Match[str]) -> bool:
    part = _part(at, found[1])
    return at.step.kind == "call" and part is not None and part.thrown and part.after is None


def _pauses(at: At, found: re.Match[str]) -> bool:
    part, where = _part(at, found[1]), _where(found["where"])
    if part is None or at.step.kind != "return" or part.until != PAUSES[where] or not _stands_at(at, where):
        return False
    value = at.step.value.text if at.step.value is not None else ""
    return found["value"] in (None, value, "a value")


def _finished(at: At, found: re.Match[str]) -> bool:
    part, value = _part(at, found[1]), at.step.value
    if part is None or at.step.kind != "return" or part.until is not None or value is None:
        return False
    return value.type == "NoneType" if found[2] is None else value.text == found[2]


def _from_outside(at: At, found: re.Match[str]) -> bool:
    before, value, part = at.run.steps[at.step.index - 1], at.step.value, at.frame.part
    if at.step.kind != "exception" or value is None or part is None or not part.thrown:
        return False
    begins = before.kind == "call" and before.frame == at.step.frame
    return begins and value.text.removesuffix(".") == found["what"] and found[1] in (None, part.of)


def _pauses_next(at: At, found: re.Match[str]) -> bool:
    part = at.frame.part
    return at.after is not None and at.after.kind == "return" and part is not None and part.until is not None


CLAIMS: Claims = (
    (r"The function pauses here\.", _pauses_next),
    (
        r"`([\w.<>]+)` goes on ((?:after|in|at) its `yield(?: from)?`|where it wait(?:ed|s)), on line (\d+)"
        r"(: an exception is raised in it there)?\.",
        _goes_on,
    ),
    (r"`([\w.<>]+)` does not begin: an exception is raised in it from outside\.", _never_begins),
    (
        r"`([\w.<>]+)` (?:gives out|hands on) (?P<value>.+), and pauses (?P<where>(?:in|at) its `yield(?: from)?`)\.",
        _pauses,
    ),
    (r"`([\w.<>]+)` pauses (?P<where>where it waits)(?P<value>(?!))?\.", _pauses),
    (r"`([\w.<>]+)` is finished(?:: it has nothing more to give|, and returns (.+))\.", _finished),
    (r"The ([\w ]+) is closed: Python raises (?P<what>GeneratorExit) where it paused\.", _from_outside),
    (r"The exception comes from outside, not from this line((?!))?: (?P<what>.+)\.", _from_outside),
)
