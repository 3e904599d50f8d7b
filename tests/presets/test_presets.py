"""The presets as data: each a link, none twice, every kind of hook and way in among them."""

from itertools import product
from typing import get_args

from explorer.catalog.hooks.hook import HOOK_FLAGS, HookAction, HookKind
from explorer.experiment import Experiment
from explorer.presets import PRESET_GROUPS, PRESETS
from explorer.runtime.call_modes import EntryMode
from explorer.ui.shell import url

HOOKS = [hook for preset in PRESETS for hook in preset.experiment.hooks]


def test_every_preset_is_a_link():
    for preset in PRESETS:
        assert Experiment.from_params(preset.experiment.to_params()) == (preset.experiment, ())
        assert all(len(value) <= url.LONGEST for value in preset.experiment.to_params().values())


def test_no_two_presets_are_alike():
    assert len({preset.title for preset in PRESETS}) == len(PRESETS)
    assert len({preset.experiment for preset in PRESETS}) == len(PRESETS)
    assert [preset for presets in PRESET_GROUPS.values() for preset in presets] == list(PRESETS)


def test_a_preset_is_one_sentence():
    for preset in PRESETS:
        assert preset.sentence.endswith(".")
        assert ". " not in preset.sentence
        assert len(preset.title) <= 42


def test_every_choice_is_among_them():
    assert {hook.kind for hook in HOOKS} == set(get_args(HookKind))
    assert {hook.action for hook in HOOKS} == set(get_args(HookAction))
    assert all(any(getattr(hook, flag) for hook in HOOKS) for flag in HOOK_FLAGS)
    assert {preset.experiment.entry_mode for preset in PRESETS} == set(get_args(EntryMode))
    assert {(hook.kind, hook.is_global) for hook in HOOKS} == set(product(get_args(HookKind), (False, True)))
