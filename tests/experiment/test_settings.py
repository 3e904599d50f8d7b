"""The table of settings: it is what an Experiment has, and every setting reads what it writes."""

from __future__ import annotations

from dataclasses import fields

import pytest

from explorer.catalog import ENTRIES
from explorer.experiment import Experiment, ExperimentError, Hook
from explorer.experiment.digit_setting import DigitChoice
from explorer.experiment.number_settings import Number
from explorer.experiment.setting import Choice, Switch
from explorer.experiment.settings import HOOKS, SETTINGS
from explorer.ui.shell.pages import PAGE_PARAMETERS

PARAMETERS = [parameter for setting in SETTINGS for parameter in setting.parameters]


def test_the_table_is_what_an_experiment_has():
    found = fields(Experiment)
    assert [field.name for field in found] == [setting.name for setting in SETTINGS]
    default = Experiment()
    for field, setting in zip(found, SETTINGS, strict=True):
        assert getattr(default, field.name) == setting.default(default.model)
        assert field.default in (setting.default(default.model), None)


def test_no_two_settings_share_a_name_in_the_url():
    assert len({*PARAMETERS, *PAGE_PARAMETERS}) == len(PARAMETERS) + len(PAGE_PARAMETERS)


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: setting.name)
def test_a_setting_reads_what_it_writes(setting):
    for model, found in ENTRIES.items():
        values = [setting.default(model)]
        if isinstance(setting, Switch):
            values = [False, True]
        elif isinstance(setting, Choice) and setting.applies_to(found):
            values = list(setting.choices)
        elif isinstance(setting, Number) and (allowed := setting.bounds_for(found)):
            values = [allowed.low, allowed.high]
        elif isinstance(setting, DigitChoice) and setting.applies_to(found):
            values = list(setting.choices_for(found))
        elif setting is HOOKS and setting.applies_to(found):
            values = [(), (Hook(),), (Hook(action="double", kind="full_backward"), Hook(is_global=True))]
        for value in values:
            assert setting.check(value, model) == value
            assert setting.read(setting.write(value), model) == (value, ())
            assert setting.read(setting.to_params(value, model), model) == (value, ())
        assert setting.to_params(setting.default(model), model) == {}


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: setting.name)
def test_a_refused_text_gives_the_default_and_a_sentence_with_the_urls_name(setting):
    value, (sentence,) = setting.read({setting.parameter: "?"}, "cnn")
    assert value == setting.default("cnn")
    assert setting.parameter in sentence
    assert sentence.rpartition(". ")[2].startswith("Used instead: ")


@pytest.mark.parametrize("setting", SETTINGS[1:], ids=lambda setting: setting.name)
def test_a_refused_value_is_named_as_the_field(setting):
    with pytest.raises(ExperimentError, match=f"^{setting.name} |has no {setting.name}:"):
        setting.check(object(), "cnn")


def test_the_hooks_are_one_setting_and_two_parameters():
    hooks = (Hook("conv1", "double"), Hook())
    assert HOOKS.write(hooks) == {"hook": "double,observe", "at": "conv1,"}
    assert HOOKS.write(()) == {"hook": "none"}
    assert HOOKS.parse("double,observe", "cnn") == (Hook("", "double"), Hook())


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("training", False, "eval"),
        ("grad", "no_grad", "no_grad"),
        ("hooks", (Hook(), Hook()), "2 hooks"),
        ("hooks", (), "no hook"),
        ("seed", 3, "seed 3"),
        ("p", 0.25, "p 0.25"),
        ("backward", True, "with backward"),
        ("entry_mode", "compile", "compile"),
        ("digit", "7-hard", "digit 7-hard"),
    ],
)
def test_a_value_in_a_word_or_two(name, value, said):
    (setting,) = (setting for setting in SETTINGS if setting.name == name)
    assert setting.describe(value) == said
