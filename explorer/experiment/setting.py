"""One setting of an experiment: its name, its words in the URL, which values it may have, and what its control says.

A subclass for each kind of value: `Choice`, `Switch` and `ModelChoice` here, `Number` and `Decimal` in
`number_settings`, `HookList` in `hooks`, `DigitChoice` in `digit_setting`. The table of all settings is
`explorer.experiment.settings`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from explorer.catalog import Entry, default_model, entries, entry
from explorer.experiment.checks import (
    LONGEST_QUOTED,
    ExperimentError,
    check_choice,
    check_switch,
    short_repr,
)

NEAR = 0.5  # how alike two names are, from 0 to 1, for one to be suggested in place of the other


@dataclass(frozen=True, kw_only=True)
class Setting(ABC):
    """One setting.

    name: the field of Experiment. parameters: the names in the URL; all kinds but hooks have one.
    label: of the setting's control. help: what the control says on hover, where it has no text of its own.
    needs_module: whether its control is for entries that are an `nn.Module` only.
    reset_without_module: whether the page sets it back to its default where the entry is no module, and says so. An
        Experiment may have it there all the same.
    """

    name: str
    parameters: tuple[str, ...]
    label: str
    help: str = ""
    needs_module: bool = False
    reset_without_module: bool = False

    @property
    def parameter(self) -> str:
        """The URL's first name for it, which messages about a link use."""
        return self.parameters[0]

    def applies_to(self, found: Entry) -> bool:
        """Return whether its control can be used for this entry."""
        return found.kind == "module" or not self.needs_module

    def label_for(self, found: Entry) -> str:
        """Return what stands over its control."""
        return self.label

    def help_for(self, found: Entry) -> str:
        """Return what its control says on hover: what it does, or why it does not apply to this entry."""
        return self.help if self.applies_to(found) else "Here only for an `nn.Module`."

    @abstractmethod
    def default(self, model: str) -> Any:
        """Return the value of an experiment that says nothing of this setting."""

    @abstractmethod
    def check(self, value: object, model: str) -> Any:
        """Return the normal form of a Python value. Raises ExperimentError where it is not allowed."""

    @abstractmethod
    def parse(self, text: str, model: str) -> Any:
        """Return the checked value that a URL's text stands for. Raises ExperimentError where it stands for none."""

    @abstractmethod
    def format(self, value: Any) -> str:
        """Return the URL's text for a value."""

    @abstractmethod
    def describe(self, value: Any) -> str:
        """Return a value in a word or two, as "eval" or "seed 3"."""

    def read(self, params: Mapping[str, str], model: str) -> tuple[Any, tuple[str, ...]]:
        """Return the value that a URL's parameters ask for, checked, and a sentence for each that was refused.

        Never raises. A parameter that is missing or refused gives the default.
        """
        default = self.default(model)
        if self.parameter not in params:
            return default, ()
        try:
            return self.parse(str(params[self.parameter]), model), ()
        except ExperimentError as error:
            return default, (f"{error} Used instead: {'none' if default is None else self.format(default)}.",)

    def write(self, value: Any) -> dict[str, str]:
        """Return the URL's parameters for a value, the default's too; none for None."""
        return {} if value is None else {self.parameter: self.format(value)}

    def to_params(self, value: Any, model: str) -> dict[str, str]:
        """Return the URL's parameters for a value; none where it is the default."""
        return {} if value == self.default(model) else self.write(value)

    def carry_over(self, value: Any, old_model: str, new_model: str) -> tuple[Any, tuple[str, ...]]:
        """Return the value for another model, and a sentence for each part that the model cannot have."""
        return self.read(self.to_params(value, old_model), new_model)


@dataclass(frozen=True, kw_only=True)
class Choice(Setting):
    """One of a few words, the first of which is the default. With `needs_module`, other entries have the first only.

    captions: what each choice means, for a control that has the room to say it.
    """

    choices: tuple[str, ...]
    captions: tuple[str, ...] = ()

    def default(self, model: str) -> str:
        return self.choices[0]

    def check(self, value: object, model: str) -> str:
        return self._check(self.name, value, model)

    def parse(self, text: str, model: str) -> str:
        return self._check(self.parameter, text, model)

    def format(self, value: str) -> str:
        return value

    def describe(self, value: str) -> str:
        return value

    def _check(self, name: str, value: object, model: str) -> str:
        choice: str = check_choice(name, value, self.choices)
        if choice != self.choices[0] and not self.applies_to(entry(model)):
            raise ExperimentError(f"{model} is not a module: leave {name} out; {short_repr(value)} was given.")
        return choice


@dataclass(frozen=True, kw_only=True)
class Switch(Setting):
    """True or False. words: the URL's words for True and for False.

    usual: the default of most entries. decided_by_entry: gives an entry's, where it may be the other one.
    """

    usual: bool = False
    decided_by_entry: Callable[[Entry], bool] | None = None
    words: tuple[str, str] = ("true", "false")

    @property
    def has_words(self) -> bool:
        """Whether the two have names of their own, as "train" and "eval", for a control that shows both."""
        return self.words != Switch.words

    @property
    def choices(self) -> tuple[str, ...]:
        """Both words, that of the usual value first."""
        return self.words if self.usual else self.words[::-1]

    def default(self, model: str) -> bool:
        return self.usual if self.decided_by_entry is None else self.decided_by_entry(entry(model))

    def check(self, value: object, model: str) -> bool:
        if value is None and self.decided_by_entry is not None:
            return self.default(model)
        return check_switch(self.name, value)

    def parse(self, text: str, model: str) -> bool:
        word: str = check_choice(self.parameter, text, self.choices)
        return self.value_of(word)

    def format(self, value: bool) -> str:
        return self.words[0 if value else 1]

    def value_of(self, word: str) -> bool:
        """Return the value that one of the two words stands for."""
        return word == self.words[0]

    def describe(self, value: bool) -> str:
        if self.has_words:
            return self.format(value)
        return f"{'with' if value else 'without'} {self.parameter}"


@dataclass(frozen=True, kw_only=True)
class ModelChoice(Setting):
    """The key of an entry of the catalogue."""

    def default(self, model: str = "") -> str:
        return default_model()

    def check(self, value: object, model: str = "") -> str:
        keys = tuple(entries())
        if isinstance(value, str) and value in keys:
            return str(value)
        near = (
            get_close_matches(value[:LONGEST_QUOTED].lower(), keys, n=1, cutoff=NEAR) if isinstance(value, str) else []
        )
        nearest = f"; the nearest is {near[0]}" if near else ""
        raise ExperimentError(
            f"{self.name} must be one of {len(keys)} names, and {short_repr(value)} is not one{nearest}. "
            f"They are {', '.join(keys)}."
        )

    def parse(self, text: str, model: str = "") -> str:
        return self.check(text)

    def format(self, value: str) -> str:
        return value

    def describe(self, value: str) -> str:
        return value

    def carry_over(self, value: str, old_model: str, new_model: str) -> tuple[str, tuple[str, ...]]:
        return new_model, ()
