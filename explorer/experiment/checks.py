"""Check one value at a time: return its normal form, or raise an error that says what it may be."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from numbers import Real
from typing import Any

from explorer.catalog import Range

LONGEST_QUOTED = 40  # characters of a refused value that a sentence repeats


class ExperimentError(ValueError):
    """A field's value is not one that the experiment can have; the message says what to do."""


def check_choice(name: str, value: object, choices: Sequence[str]) -> Any:
    """Return the choice that equals the value."""
    if isinstance(value, str):
        for choice in choices:
            if choice == value:
                return choice
    raise ExperimentError(f"{name} must be one of {', '.join(choices)}; {short_repr(value)} is not one.")


def check_switch(name: str, value: object) -> bool:
    """Return True or False; 1 and 0 are refused too."""
    if not isinstance(value, bool):
        raise ExperimentError(f"{name} must be True or False, not {short_repr(value)}.")
    return value


def check_whole_number(name: str, value: object, allowed: Range) -> int:
    """Return a whole number within the bounds as a plain int."""
    try:
        whole = operator.index(value)  # type: ignore[arg-type]
    except TypeError:
        whole = None
    if whole is None or isinstance(value, bool) or not allowed.has(whole):
        raise ExperimentError(f"{name} must be a whole number {_bounds(allowed)}; {short_repr(value)} is not.")
    return int(whole)


def check_decimal(name: str, value: object, allowed: Range) -> float:
    """Return a number within the bounds as a plain float, rounded to two decimals."""
    if not isinstance(value, Real) or isinstance(value, bool) or not allowed.has(_float(value)):
        raise ExperimentError(f"{name} must be a number {_bounds(allowed)}; {short_repr(value)} is not.")
    return round(float(value), 2) + 0.0  # no negative zero


def short_repr(value: object) -> str:
    """Return the value as Python writes it, in at most 40 characters."""
    try:
        text = repr(value[:LONGEST_QUOTED] if isinstance(value, str) else value)
    except Exception:  # an object whose `__repr__` raises, or a number of thousands of digits
        return f"a {type(value).__name__}"[:LONGEST_QUOTED]
    cut = len(text) > LONGEST_QUOTED or (isinstance(value, str) and len(value) > LONGEST_QUOTED)
    return text[: LONGEST_QUOTED - 1] + "…" if cut else text


def _float(value: Real) -> float:
    """Return NaN for what a float cannot hold."""
    try:
        return float(value)
    except (OverflowError, ValueError):
        return float("nan")


def _bounds(allowed: Range) -> str:
    return f"from {allowed.low:.10g} to {allowed.high:.10g}"
