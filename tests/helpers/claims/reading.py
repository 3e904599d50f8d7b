"""Take a step's text apart into sentences, and hold each against the record.

A sentence that no claim of the tables matches is unproved: what cannot be checked must not be said.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

from explorer.record import Frame, Observation, Step, Summary


@lru_cache(maxsize=256)
def lines_of(file: str) -> tuple[str, ...]:
    return tuple(Path(file).read_text(encoding="utf-8").splitlines())


@lru_cache(maxsize=256)
def compound_bodies(file: str) -> dict[int, tuple[int, int]]:
    """First line of an `if`, `while` or `for` → first and last line of its body."""
    kinds = (ast.If, ast.While, ast.For, ast.AsyncFor)
    return {
        node.lineno: (node.body[0].lineno, node.body[-1].end_lineno or node.body[-1].lineno)
        for node in ast.walk(ast.parse("\n".join(lines_of(file))))
        if isinstance(node, kinds)
    }


class Run:
    """A record with what its steps are held against."""

    def __init__(self, observation: Observation) -> None:
        self.seen = observation
        self.steps = tuple(observation.trace.steps)
        self.frames = tuple(observation.trace.frames)
        self.nodes = tuple(observation.graph.nodes)
        self.calls = tuple(observation.graph.calls)
        last: dict[int | None, int] = {}
        self.following: dict[int, int] = {}
        for step in self.steps:
            if step.frame in last:
                self.following[last[step.frame]] = step.index
            last[step.frame] = step.index

    @cached_property
    def returned(self) -> dict[int | None, Step]:
        """The return of each frame that has one."""
        return {step.frame: step for step in self.steps if step.kind == "return"}


@dataclass(frozen=True)
class At:
    """A step, and what is around it."""

    run: Run
    step: Step

    @property
    def seen(self) -> Observation:
        return self.run.seen

    @property
    def frame(self) -> Frame:
        assert self.step.frame is not None
        return self.run.frames[self.step.frame]

    @property
    def text(self) -> str:
        """The statement as it stands in its file."""
        return "\n".join(lines_of(self.frame.file)[self.step.line - 1 : self.step.end_line])

    @property
    def after(self) -> Step | None:
        """The frame's next step."""
        index = self.run.following.get(self.step.index)
        return None if index is None else self.run.steps[index]

    @property
    def end(self) -> int:
        """Index of the first step that is not this statement's any more."""
        return self.after.index if self.after is not None else len(self.run.steps)

    @property
    def inside(self) -> Sequence[Step]:
        """The steps of what this statement called."""
        return self.run.steps[self.step.index + 1 : self.end]

    @property
    def entered(self) -> Frame | None:
        """The frame that the next step begins."""
        inside = self.inside
        if inside and inside[0].kind == "call" and inside[0].frame is not None:
            return self.run.frames[inside[0].frame]
        return None

    @property
    def raises(self) -> bool:
        return self.after is not None and self.after.kind == "exception"

    @property
    def went_in(self) -> bool | None:
        """Whether the frame went on in the body of this `if` or loop."""
        body = compound_bodies(self.frame.file).get(self.step.line)
        if body is None or self.after is None or self.after.kind == "exception":
            return None
        return body[0] <= self.after.line <= body[1] and self.after.kind == "statement"

    def names(self) -> dict[str, Summary]:
        """What the names of this frame, and of the one that it stands in, were last said to hold."""
        frames = {self.frame.index}
        if self.frame.function.endswith("<locals>.inner"):
            frames.add(self.frame.caller or 0)
        found: dict[str, Summary] = {}
        for step in self.run.steps[: self.step.index + 1]:
            if step.frame in frames:
                found.update((change.name, change.value) for change in step.changes)
        return found


Check = Callable[[At, re.Match[str]], bool]
Claims = Sequence[tuple[str, Check]]


@dataclass(frozen=True)
class Table:
    """Patterns of sentences, each with what must be true of a step that it is said of."""

    claims: Sequence[tuple[re.Pattern[str], Check]]

    def unproved(self, at: At, text: str) -> str | None:
        """Return the rest of a text from the first sentence on that is unknown or false; None where all are true."""
        reached = 0
        ends = [match.end() for match in re.finditer(r"[.:?](?=\s|$)", text)]
        dead: set[int] = set()

        def proved(begin: int) -> bool:
            nonlocal reached
            if begin >= len(text):
                return True
            if begin in dead:
                return False
            reached = max(reached, begin)
            for end in (each for each in ends if each > begin):
                if any(self._true(at, text[begin:end])) and proved(end + 1):
                    return True
            dead.add(begin)
            return False

        return None if proved(0) else text[reached:]

    def _true(self, at: At, sentence: str) -> Iterator[bool]:
        for pattern, check in self.claims:
            match = pattern.fullmatch(sentence)
            if match is not None and check(at, match):
                yield True


def table(*parts: Claims) -> Table:
    return Table([(re.compile(pattern, re.DOTALL), check) for part in parts for pattern, check in part])
