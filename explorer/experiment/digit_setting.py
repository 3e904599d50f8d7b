"""The setting that says which handwritten digit goes in."""

from __future__ import annotations

import operator
from dataclasses import dataclass

from explorer.catalog import Entry, entry
from explorer.catalog.digits import USUAL_DIGIT
from explorer.experiment.checks import ExperimentError, check_choice, short_repr
from explorer.experiment.setting import Setting


@dataclass(frozen=True, kw_only=True)
class DigitChoice(Setting):
    """The name of a stored digit, as "7" or "7-hard"; None where the entry takes no digits.

    None is accepted for the default, and a whole number for its name.
    """

    def choices_for(self, found: Entry) -> tuple[str, ...]:
        """Return the names that an entry offers; () where it takes no digits."""
        return found.digits

    def applies_to(self, found: Entry) -> bool:
        return bool(self.choices_for(found))

    def help_for(self, found: Entry) -> str:
        return self.help if self.applies_to(found) else f"{found.title} takes no handwritten digits."

    def default(self, model: str) -> str | None:
        return USUAL_DIGIT if self.applies_to(entry(model)) else None

    def check(self, value: object, model: str) -> str | None:
        if value is None:
            return self.default(model)
        return self._check(self.name, _name_of(value), model)

    def parse(self, text: str, model: str) -> str:
        return self._check(self.parameter, text, model)

    def format(self, value: str) -> str:
        return value

    def describe(self, value: str | None) -> str:
        return "" if value is None else f"{self.name} {value}"

    def _check(self, name: str, value: object, model: str) -> str:
        found = entry(model)
        if not self.applies_to(found):
            raise ExperimentError(f"{model} has no {name}: leave {name} out; {short_repr(value)} was given.")
        choice: str = check_choice(name, value, self.choices_for(found))
        return choice


def _name_of(value: object) -> object:
    """Return "7" for 7; whatever is no whole number as it is, and True and False too."""
    if isinstance(value, bool):
        return value
    try:
        return str(operator.index(value))  # type: ignore[arg-type]
    except (TypeError, ValueError):  # ValueError: a number of thousands of digits
        return value
