"""The settings that are numbers: whole ones, and decimals."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from explorer.catalog import Entry, Range, entry
from explorer.experiment.checks import ExperimentError, check_decimal, check_whole_number, short_repr
from explorer.experiment.setting import Setting

WHOLE = re.compile(r"[0-9]{1,15}")
DECIMAL = re.compile(r"[0-9]{1,15}(\.[0-9]{0,15})?|\.[0-9]{1,15}")


@dataclass(frozen=True, kw_only=True)
class Number(Setting):
    """A whole number within bounds; None where the entry has no such setting. None is accepted for the default.

    bounds: the same for all entries, or what gives an entry's; None where it has no such setting.
    labelled_by_entry: gives the label, where the entry has a word of its own.
    help_has_bounds: whether the help ends in the bounds. absent: what an entry without it is said to have.
    """

    bounds: Range | Callable[[Entry], Range | None]
    labelled_by_entry: Callable[[Entry], str] | None = None
    help_has_bounds: bool = False
    absent: str = "none"
    step: ClassVar[float] = 1
    number_type: ClassVar[type[int] | type[float]] = int
    pattern: ClassVar[re.Pattern[str]] = WHOLE

    @property
    def depends_on_model(self) -> bool:
        """Whether another model has other bounds."""
        return not isinstance(self.bounds, Range)

    def bounds_for(self, found: Entry) -> Range | None:
        """Return the bounds of an entry; None where it has no such setting."""
        return self.bounds if isinstance(self.bounds, Range) else self.bounds(found)

    def applies_to(self, found: Entry) -> bool:
        return self.bounds_for(found) is not None

    def label_for(self, found: Entry) -> str:
        return self.labelled_by_entry(found) if self.labelled_by_entry else self.label

    def help_for(self, found: Entry) -> str:
        allowed = self.bounds_for(found)
        if allowed is None:
            return f"{found.title} has {self.absent}."
        return f"{self.help} {allowed.low:g} to {allowed.high:g}." if self.help_has_bounds else self.help

    def default(self, model: str) -> float | None:
        allowed = self.bounds_for(entry(model))
        return None if allowed is None else self.number_type(allowed.default)

    def check(self, value: object, model: str) -> float | None:
        return self.default(model) if value is None else self._check(self.name, value, model)

    def parse(self, text: str, model: str) -> float:
        # Text that is no number stays text, which no check takes for a number.
        return self._check(self.parameter, self._to_number(text), model)

    def format(self, value: float) -> str:
        return str(value)

    def describe(self, value: float | None) -> str:
        return "" if value is None else f"{self.name} {value:g}"

    def _check(self, name: str, value: object, model: str) -> float:
        allowed = self.bounds_for(entry(model))
        if allowed is None:
            raise ExperimentError(f"{model} has no {name}: leave {name} out; {short_repr(value)} was given.")
        return self._check_number(name, value, allowed)

    def _check_number(self, name: str, value: object, allowed: Range) -> float:
        return check_whole_number(name, value, allowed)

    def _to_number(self, text: str) -> float | str:
        """Return the number that a text stands for; the text itself where it is no number."""
        return self.number_type(text) if self.pattern.fullmatch(text) else text


@dataclass(frozen=True, kw_only=True)
class Decimal(Number):
    """A number with two decimals."""

    step: ClassVar[float] = 0.05
    number_type: ClassVar[type[int] | type[float]] = float
    pattern: ClassVar[re.Pattern[str]] = DECIMAL

    def format(self, value: float) -> str:
        return f"{value:g}"

    def read(self, params: Mapping[str, str], model: str) -> tuple[Any, tuple[str, ...]]:
        value, problems = super().read(params, model)
        given = self._to_number(str(params.get(self.parameter, "")))
        if isinstance(given, float) and given != value and round(given, 2) == value:
            text = short_repr(params[self.parameter])
            more = f"{self.parameter} has two decimals; {text} has more. Used instead: {self.format(value)}."
            problems = (*problems, more)
        return value, problems

    def _check_number(self, name: str, value: object, allowed: Range) -> float:
        return check_decimal(name, value, allowed)
