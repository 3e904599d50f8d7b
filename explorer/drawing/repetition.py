"""Find what comes again and again in a sequence: blocks that repeat, one right after the other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

LONGEST_BLOCK = 256
SHORT = 32  # items
LEAST_SAVED = 3  # items, by which folding makes a sequence shorter: two of the same are quicker to read as they are


class Run(NamedTuple):
    """A block of items that repeats."""

    start: int  # index of its first item
    length: int  # of the block, in items
    times: int  # how often it comes, at least twice


def runs(keys: Sequence[int]) -> list[Run]:
    """Return the runs of the shortest block that repeats in a sequence, none of which overlap; none where none does.

    keys: a number for each item; equal items have equal numbers. It takes as long as the sequence is long.
    """
    for length in range(1, min(LONGEST_BLOCK, len(keys) // 2) + 1):
        found = [run for run in _runs_of(keys, length) if (run.times - 1) * length >= LEAST_SAVED]
        if found:
            return found
    return []


def _runs_of(keys: Sequence[int], length: int) -> list[Run]:
    """Return the runs of blocks of one length, the first of those that overlap."""
    found: list[Run] = []
    free = 0  # the first item that no run has yet
    for first, end in _stretches(keys, length) if len(keys) <= SHORT else _stretches_of_many(keys, length):
        start = max(first, free)
        times = (end + length - start) // length
        if times > 1:
            found.append(Run(start, length, times))
            free = start + times * length
    return found


def _stretches(keys: Sequence[int], length: int) -> list[tuple[int, int]]:
    """Return where items equal those that come so many later: first index and end of each stretch of them."""
    found: list[tuple[int, int]] = []
    first = None
    for index in range(len(keys) - length + 1):
        equal = index + length < len(keys) and keys[index] == keys[index + length]
        if equal and first is None:
            first = index
        elif not equal and first is not None:
            found.append((first, index))
            first = None
    return found


def _stretches_of_many(keys: Sequence[int], length: int) -> list[tuple[int, int]]:
    """Return the same, by NumPy: quicker for many items, and slower for the few that most calls have."""
    array = np.asarray(keys, dtype=np.int64)
    equal = np.concatenate(([False], array[length:] == array[:-length], [False]))
    return [(first, end) for first, end in np.flatnonzero(equal[1:] != equal[:-1]).reshape(-1, 2).tolist()]
