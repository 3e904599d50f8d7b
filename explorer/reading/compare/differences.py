"""Find where two aligned runs differ, in order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from explorer.reading.compare.alignment import Row
from explorer.reading.compare.aspects import Aspect, aspects
from explorer.reading.next_steps import next_in_frame
from explorer.record import Lookup, Observation

DifferenceKind = Literal["look-up", "branch", "values", "one side"]


@dataclass(frozen=True, slots=True)
class Difference:
    """One place at which the sides are not the same, with the rows that it takes up.

    kind: "look-up": Python looks for something else, or finds it elsewhere. "branch": a statement that both ran goes
        on at another one. "values": both ran the step, and something in it differs. "one side": steps that the other
        side has not.
    A look-up or a branch takes up the rows of one side only that follow it. What a statement changes is known when
    the calls it makes are back, so a difference in it stands at the frame's next step.
    """

    kind: DifferenceKind
    first: int  # row
    last: int  # row
    left: int | None  # the step on each side: the one that differs, or the side's first of its own
    right: int | None
    aspects: tuple[Aspect, ...] = ()
    left_next: int | None = None  # of a branch: the step that each side goes on with in the same frame
    right_next: int | None = None


def differences(rows: Sequence[Row], left: Observation, right: Observation) -> tuple[Difference, ...]:
    """Return every difference, in the order of the rows; none where the runs are equal in all that was recorded."""
    return tuple(_Finder(rows, left, right).found())


class _Finder:
    """Two aligned runs, with the look-ups that finding needs."""

    def __init__(self, rows: Sequence[Row], left: Observation, right: Observation) -> None:
        self.rows = rows
        self.lookups = left.lookup, right.lookup
        self.steps = tuple(left.trace.steps), tuple(right.trace.steps)
        self.following = tuple(next_in_frame(steps) for steps in self.steps)
        self.partner = {row.left: row.right for row in rows if row.left is not None}
        self.values = self._values()

    def _values(self) -> dict[int, list[tuple[int, int, tuple[Aspect, ...]]]]:
        """Return, for each row, the pairs of steps that differ in something that is known from that row on."""
        rows_of_steps = (
            {row.left: at for at, row in enumerate(self.rows)},
            {row.right: at for at, row in enumerate(self.rows)},
        )
        found: dict[int, list[tuple[int, int, tuple[Aspect, ...]]]] = {}
        for left, right in self.rows:
            if left is None or right is None:
                continue
            differ = aspects(self.steps[0][left], self.steps[1][right])
            if differ:
                row = max(rows_of_steps[side][self._known_from(side, step)] for side, step in enumerate((left, right)))
                found.setdefault(row, []).append((left, right, differ))
        return found

    def _known_from(self, side: int, step: int) -> int:
        """Return the step at which what a step changed is known: its own, or the frame's next where it made a call."""
        after = self.following[side].get(step, step)
        return after if self.steps[side][step].kind == "statement" and after > step + 1 else step

    def found(self) -> list[Difference]:
        made: list[Difference] = []
        at = 0
        while at < len(self.rows):
            difference = self._at(at)
            if difference is not None:
                made.append(difference)
            at = at + 1 if difference is None else difference.last + 1
        return made

    def _at(self, at: int) -> Difference | None:
        """Return the difference that begins at this row."""
        row = self.rows[at]
        if row.left is None or row.right is None:
            end = self._end_of_one_sided(at)
            return Difference("one side", at, end - 1, *self._first_one_sided(at, end), self._aspects_known_in(at, end))
        end = self._end_of_one_sided(at + 1)
        if self.steps[0][row.left].kind == "lookup":
            found = lookup_aspects(*self.lookups)
            return Difference("look-up", at, end - 1, row.left, row.right, found) if found else None
        after = self.following[0].get(row.left), self.following[1].get(row.right)
        if end > at + 1 and self.steps[0][row.left].kind == "statement" and self._part(*after):
            return Difference("branch", at, end - 1, row.left, row.right, self._aspects_known_in(at, end), *after)
        if at in self.values:
            left, right, _ = self.values[at][0]
            return Difference("values", at, at, left, right, self._aspects_known_in(at, at + 1))
        return None

    def _aspects_known_in(self, first: int, end: int) -> tuple[Aspect, ...]:
        return tuple(aspect for row in range(first, end) for *_, found in self.values.get(row, ()) for aspect in found)

    def _end_of_one_sided(self, at: int) -> int:
        """Return the first row from here on that both sides have."""
        while at < len(self.rows) and None in self.rows[at]:
            at += 1
        return at

    def _first_one_sided(self, first: int, end: int) -> tuple[int | None, int | None]:
        """Return each side's first step among rows of one side only."""
        rows = self.rows[first:end]
        return (
            next((row.left for row in rows if row.left is not None), None),
            next((row.right for row in rows if row.right is not None), None),
        )

    def _part(self, left: int | None, right: int | None) -> bool:
        """Return whether a frame goes on with one step on the left and another on the right."""
        return left is not None and right is not None and self.partner.get(left) != right


def lookup_aspects(left: Lookup, right: Lookup) -> tuple[Aspect, ...]:
    """Return in what Python's own first step differs."""
    pairs = (
        ("attribute", left.attribute, right.attribute),
        ("type", left.type, right.type),
        ("provider", str(left.provider), str(right.provider)),
        ("instance attribute", str(left.instance_attribute), str(right.instance_attribute)),
    )
    return tuple(Aspect("", what, one, other) for what, one, other in pairs if one != other)
