"""Every sentence of every preset and entry is one whose claim is held against the record here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from explorer import Experiment, Observation, observe
from explorer.catalog import ENTRIES, submodule_paths
from explorer.experiment import Hook
from explorer.presets import PRESETS
from explorer.reading.narration.narrator import narrate
from tests.helpers.claims import backward, call_path, exceptions, generators, hooks, plain_steps
from tests.helpers.claims.reading import At, Run, table

CLAIMS = table(
    plain_steps.CLAIMS, generators.CLAIMS, exceptions.CLAIMS, call_path.CLAIMS, hooks.CLAIMS, backward.CLAIMS
)


def unproved(seen: Observation, texts: Sequence[str] | None = None) -> list[tuple[int, str]]:
    """Return the steps of which something is said that is unknown or false, each with what is said from there on."""
    run = Run(seen)
    left = [CLAIMS.unproved(At(run, step), text) for step, text in zip(run.steps, texts or narrate(seen), strict=True)]
    return [(index, text) for index, text in enumerate(left) if text is not None]


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("preset", PRESETS, ids=lambda preset: preset.title)
def test_every_sentence_of_a_preset_is_proved_by_its_record(preset):
    assert unproved(observe(preset.experiment)) == []


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("key", ENTRIES)
def test_every_sentence_of_an_entry_is_proved_by_its_record(key):
    paths = submodule_paths(key)
    registered = (Hook("", "double"), Hook(paths[-1], "observe")) if paths else ()
    for training in (True, False):
        for grad in ("enabled", "no_grad", "inference_mode"):
            assert unproved(observe(Experiment(model=key, training=training, grad=grad))) == []
        for call in ("call", "forward") if registered else ():
            assert unproved(observe(Experiment(model=key, training=training, call=call, hooks=registered))) == []


def test_a_text_that_is_false_or_unknown_is_found():
    seen = observe(Experiment(model="simple"))
    texts = narrate(seen)
    assert unproved(seen) == []
    shifted = [*texts[1:], texts[0]]
    assert len(unproved(seen, shifted)) > 3 / 4 * len(texts)  # what is true of one step is false of the one before it
    unknown = ["The moon is round." for _ in texts]
    assert unproved(seen, unknown) == list(enumerate(unknown))
    assert unproved(replace(seen, expression="model.forward(x)"), texts) == [(1, texts[1])]
