"""Two things timed in turn, A B A B …, so that whatever else the machine does falls on both."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from statistics import median
from time import perf_counter

from explorer.measure.timing import middle_half

WARM = 3  # pairs that are not counted: caches fill, memory is got


@dataclass(frozen=True)
class Pairs:
    """Seconds of each turn, in order."""

    ours: tuple[float, ...]
    bare: tuple[float, ...]

    @property
    def ratios(self) -> tuple[float, ...]:
        return tuple(a / b for a, b in zip(self.ours, self.bare, strict=True))

    @property
    def ratio(self) -> float:
        """The median of the pairs' ratios."""
        return median(self.ratios)

    @property
    def spread(self) -> tuple[float, float]:
        """The middle half of the pairs' ratios."""
        return middle_half(self.ratios)


def compare(
    ours: Callable[[], object],
    bare: Callable[[], object],
    *,
    pairs: int,
    clock: Callable[[], float] = perf_counter,
) -> Pairs:
    """Time both in turn, so many pairs. Whatever they return is given up outside of the timed part."""
    first, second = [], []
    for turn in range(WARM + pairs):
        a, b = _seconds(ours, clock), _seconds(bare, clock)
        if turn >= WARM:
            first.append(a)
            second.append(b)
    return Pairs(tuple(first), tuple(second))


def _seconds(function: Callable[[], object], clock: Callable[[], float]) -> float:
    begun = clock()
    kept = function()
    ended = clock()
    del kept
    return ended - begun
