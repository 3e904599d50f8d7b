"""The URL and the run that it stands for. A page's own parameters are in the list of the pages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from difflib import get_close_matches
from typing import Any

from explorer.catalog import entry
from explorer.experiment import Experiment
from explorer.experiment.checks import short_repr
from explorer.experiment.settings import SETTINGS
from explorer.ui.shell.pages import PAGE_PARAMETERS

SETTING_PARAMETERS = tuple(parameter for setting in SETTINGS for parameter in setting.parameters)
KNOWN = (*SETTING_PARAMETERS, *PAGE_PARAMETERS)

LONGEST_PARAMETER = 600  # characters of a parameter that are looked at; eight hooks may need 400
MOST_UNKNOWN_NAMED = 4  # parameters


def experiment_of(query: Mapping[str, str]) -> tuple[Experiment, tuple[str, ...]]:
    """Return the experiment that a URL's parameters ask for, and a sentence for each part that was refused."""
    params = {name: query[name][:LONGEST_PARAMETER] for name in SETTING_PARAMETERS if name in query}
    found, refused = Experiment.from_params(params)
    experiment, reset = _without_what_needs_a_module(found)
    return experiment, (*refused, *reset)


def unknown_parameters(names: Iterable[str]) -> list[str]:
    """Return a sentence for each name that is no parameter of any page."""
    unknown = [name for name in names if name not in KNOWN]
    sentences = []
    for name in unknown[:MOST_UNKNOWN_NAMED]:
        meant = get_close_matches(name[:LONGEST_PARAMETER].lower(), KNOWN, 1)
        question = f" Is {meant[0]} meant?" if meant else ""
        sentences.append(f"No page knows {short_repr(name)}, so it is left out.{question}")
    return sentences + ([f"Nor {len(unknown) - MOST_UNKNOWN_NAMED} more."] if len(unknown) > MOST_UNKNOWN_NAMED else [])


def on_another_model(experiment: Experiment, model: str) -> tuple[Experiment, tuple[str, ...]]:
    """Return the same run on another model, and a sentence for each setting that had to be given up."""
    values: dict[str, Any] = {}
    given_up: list[str] = []
    for setting in SETTINGS:
        value = getattr(experiment, setting.name)
        values[setting.name], sentences = setting.carry_over(value, experiment.model, model)
        given_up += sentences
    carried, reset = _without_what_needs_a_module(Experiment(**values))
    return carried, (*given_up, *reset)


def whole_number(text: str) -> int | None:
    """Return the whole number, not negative, that the text of a URL stands for; None where it stands for none."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def _without_what_needs_a_module(experiment: Experiment) -> tuple[Experiment, list[str]]:
    """Return the experiment without what the page offers for modules only, and a sentence for each setting reset."""
    model = experiment.model
    defaults: dict[str, Any] = {}
    sentences = []
    for setting in SETTINGS:
        default = setting.default(model)
        resets = setting.reset_without_module and not setting.applies_to(entry(model))
        if resets and getattr(experiment, setting.name) != default:
            defaults[setting.name] = default
            leave_out = f"{model} is not a module: leave {setting.parameter} out."
            sentences.append(f"{leave_out} Used instead: {setting.format(default)}.")
    return (replace(experiment, **defaults) if defaults else experiment), sentences
