"""Two observations → everything about the two together that their records say."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, NamedTuple, TypeVar

from explorer.reading.compare.alignment import Row, align
from explorer.reading.compare.aspects import Aspect, value_aspects
from explorer.reading.compare.differences import Difference, differences
from explorer.reading.compare.one_side import HookCounts, Ran, calls_only, hook_counts, statements_only
from explorer.record import ModuleCall, Observation

Item = TypeVar("Item")


class Sides(NamedTuple, Generic[Item]):
    """The same question, answered for each side."""

    left: Item
    right: Item


@dataclass(frozen=True)
class Comparison:
    """Two runs beside each other. Only records are read: what these sum up is compared as far as they sum it up."""

    left: Observation
    right: Observation
    rows: tuple[Row, ...]  # every step of both, in one order
    differences: tuple[Difference, ...]  # in the order of the rows
    statements: Sides[tuple[Ran, ...]]  # that only this side ran
    calls: Sides[tuple[ModuleCall, ...]]  # of modules, that only this side made
    hooks: tuple[HookCounts, ...]  # of both sides
    output: tuple[Aspect, ...]  # in what the outputs' summaries differ
    notes: Sides[tuple[str, ...]]  # that only this side has


def compare(left: Observation, right: Observation) -> Comparison:
    """Return two runs, any two, beside each other. Swapping the sides gives the mirrored comparison."""
    rows = align(left, right)
    return Comparison(
        left=left,
        right=right,
        rows=rows,
        differences=differences(rows, left, right),
        statements=Sides(statements_only(left, right), statements_only(right, left)),
        calls=Sides(calls_only(left, right), calls_only(right, left)),
        hooks=hook_counts(left, right),
        output=tuple(value_aspects("", left.output, right.output)),
        notes=Sides(_notes_only(left, right), _notes_only(right, left)),
    )


def _notes_only(ours: Observation, theirs: Observation) -> tuple[str, ...]:
    return tuple(note for note in ours.notes if note not in theirs.notes)
