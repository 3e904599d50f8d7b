"""Two traces in one order: rows with a step on both sides, or on one only.

A frame is matched by its function and by the call of the module that it serves, however deep it is: the `forward` that
`model.forward(x)` enters first is the one that `model(x)` enters as its third frame. The calls and returns of the
frames that both sides have are anchors; between two anchors, statements of such frames are paired by their lines.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

from explorer.catalog.hooks import hook_number
from explorer.catalog.hooks.hook import Hook
from explorer.record import Frame, Observation, Step

IndexPair = tuple[int, int]  # the index of a step on the left and of one on the right
Token = tuple[Hashable, int]  # a step's key, by which the other run's step is found, and its index


class Row(NamedTuple):
    """A row of both runs: an index into `trace.steps` of each side, None where a side has no such step."""

    left: int | None
    right: int | None


def align(left: Observation, right: Observation) -> tuple[Row, ...]:
    """Return every step of both sides once, each side's in its own order.

    Where both have steps of their own between two shared ones, the left's come first. Swapping the sides swaps each
    pair and nothing else.
    """
    return _rows(_pairs(_KeyedRun.of(left), _KeyedRun.of(right)), len(left.trace.steps), len(right.trace.steps))


def hook_of(frame: Frame, observation: Observation) -> Hook | str:
    """Return which hook a hook's frame is: as the experiment has it, else the function's name."""
    number = hook_number(frame.function)
    hooks = observation.experiment.hooks if observation.experiment is not None else ()
    return hooks[number - 1] if number is not None and number <= len(hooks) else frame.function


@dataclass(frozen=True)
class _KeyedRun:
    """A run's steps, and a key for each of its frames, by which the other run's frame is found; no two are equal."""

    steps: Sequence[Step]
    keys: Sequence[Hashable]

    @classmethod
    def of(cls, observation: Observation) -> _KeyedRun:
        frames = observation.trace.frames
        return cls(tuple(observation.trace.steps), _numbered(_identity(frame, observation) for frame in frames))

    def key(self, index: int) -> Hashable:
        frame = self.steps[index].frame
        return None if frame is None else self.keys[frame]

    def ends(self) -> list[Token]:
        """Return the look-up, and where each frame begins and returns."""
        kinds = ("lookup", "call", "return")
        return [((step.kind, self.key(step.index)), step.index) for step in self.steps if step.kind in kinds]

    def statements(self, first: int, end: int, shared: set[Hashable]) -> list[Token]:
        """Return the statements and exceptions from one step up to another, in the frames that both sides have."""
        return [
            ((step.kind, self.key(step.index), step.line, step.end_line), step.index)
            for step in self.steps[first:end]
            if step.kind in ("statement", "exception") and self.key(step.index) in shared
        ]


def _pairs(left: _KeyedRun, right: _KeyedRun) -> list[IndexPair]:
    """Return the steps that match, in the order of both sides."""
    ends = _in_order(left.ends(), right.ends())
    shared = {left.key(index) for index, _ in ends if left.steps[index].kind in ("lookup", "call")}
    anchors = [pair for pair in ends if left.key(pair[0]) in shared]
    found = list(anchors)
    for (a, b), (c, d) in pairwise([(-1, -1), *anchors, (len(left.steps), len(right.steps))]):
        if c - a > 1 and d - b > 1:
            found += _in_order(left.statements(a + 1, c, shared), right.statements(b + 1, d, shared))
    return sorted(found)


def _in_order(left: Sequence[Token], right: Sequence[Token]) -> list[IndexPair]:
    """Return the longest list of equal tokens that is in the order of both sides.

    A token that occurs again is told apart by how often it occurred before.
    """
    names = [_numbered(name for name, _ in side) for side in (left, right)]
    indices = {name: index for name, (_, index) in zip(names[1], right, strict=True)}
    common = [(name, index, indices[name]) for name, (_, index) in zip(names[0], left, strict=True) if name in indices]
    pairs = [(a, b) for _, a, b in common]
    if all(one[1] < other[1] for one, other in pairwise(pairs)):
        return pairs
    # Of several longest lists one is taken; which, must not depend on the side that is called left.
    mirrored = sorted(common, key=lambda item: item[2])
    if [repr(name) for name, _, _ in common] <= [repr(name) for name, _, _ in mirrored]:
        return [pairs[at] for at in _longest_rising([b for _, b in pairs])]
    return [mirrored[at][1:] for at in _longest_rising([a for _, a, _ in mirrored])]


def _longest_rising(numbers: Sequence[int]) -> list[int]:
    """Return the indices of a longest rising part of different numbers: patience sorting."""
    ends: list[int] = []  # the smallest number that a rising part of each length ends with
    tops: list[int] = []  # its index
    before: list[int] = []  # for each index the one before it in the part that it ends
    for index, number in enumerate(numbers):
        length = bisect_left(ends, number)
        before.append(tops[length - 1] if length else -1)
        ends[length : length + 1] = [number]
        tops[length : length + 1] = [index]
    found: list[int] = []
    index = tops[-1] if tops else -1
    while index >= 0:
        found.append(index)
        index = before[index]
    return found[::-1]


def _numbered(keys: Iterable[Hashable]) -> list[Hashable]:
    """Return each key with its turn, so that none occurs twice."""
    seen: Counter[Hashable] = Counter()
    numbered: list[Hashable] = []
    for key in keys:
        seen[key] += 1
        numbered.append((key, seen[key]))
    return numbered


def _identity(frame: Frame, observation: Observation) -> Hashable:
    who = hook_of(frame, observation) if frame.role == "hook" else frame.function
    return who, frame.file, frame.first_line, frame.module, frame.module_call


def _rows(pairs: Sequence[IndexPair], left: int, right: int) -> tuple[Row, ...]:
    """Return all steps, `left` and `right` of them, in order around the pairs."""
    rows: list[Row] = []
    a = b = 0
    for c, d in [*pairs, (left, right)]:
        rows += [Row(index, None) for index in range(a, c)]
        rows += [Row(None, index) for index in range(b, d)]
        rows.append(Row(c, d))
        a, b = c + 1, d + 1
    return tuple(rows[:-1])
