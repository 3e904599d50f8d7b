"""What part of the numbers a figure shows, and what becomes of an interval that reaches far beyond it."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

BEYOND = 20  # heights of the picture: so far above and below it an interval is drawn, and cut off at its edge
EDGE = 0.025  # of the height of the picture


def around(table: pd.DataFrame, more: Sequence[float]) -> tuple[float, float]:
    """Leave room for the values and the references; an interval over very few calls may leave the picture."""
    ends = [float(table[name].iloc[-1]) for name in ("low", "high")]
    values = [*table["value"], *more, *(end for end in ends if end == end)]  # NaN, no interval, equals nothing
    low, high = min(values), max(values)
    margin = 0.12 * (high - low) or abs(high) * 0.1 or 0.1
    return (low - margin if low < 0 or low - margin > 0 else 0.0, high + margin)


def within(table: pd.DataFrame, shown: tuple[float, float]) -> pd.DataFrame:
    """Cut intervals that end far outside the picture: a browser draws no path to 1e40 pixels."""
    far = BEYOND * (shown[1] - shown[0])
    bounds = (shown[0] - far, shown[1] + far)
    return table.assign(low=table["low"].clip(*bounds), high=table["high"].clip(*bounds))


def below(low: float, high: float) -> list[float]:
    """Extend a range a little downwards: what lies on its lower end is drawn whole."""
    return [low - EDGE * (high - low), high]
