"""Gather the sentences on what is worth seeing in a run, each chosen by what was measured."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import chain

from explorer.reading.notes.batch_size_notes import batch_size_changed
from explorer.reading.notes.entry_mode_notes import entry_mode_notes
from explorer.reading.notes.fast_path_notes import fast_path, other_way
from explorer.reading.notes.hook_notes import hook_notes
from explorer.reading.notes.mode_notes import (
    gradients_in_eval_mode,
    inference_tensor_met_autograd,
    nothing_recorded,
    running_statistics_changed,
)
from explorer.reading.notes.passed_hook_notes import hooks_passed_by
from explorer.reading.notes.random_notes import draws, handed_back
from explorer.reading.notes.registration_notes import unregistered
from explorer.reading.notes.run_index import RunIndex
from explorer.reading.notes.unrecorded_notes import unrecorded
from explorer.reading.notes.unused_notes import unused_outputs
from explorer.reading.notes.warning_notes import given_warnings
from explorer.record import Observation

ON_THE_CALL: tuple[Callable[[Observation], Iterable[str]], ...] = (
    unrecorded,
    batch_size_changed,
    entry_mode_notes,
    hook_notes,
    hooks_passed_by,
    given_warnings,
)
ON_ITS_STEPS: tuple[Callable[[RunIndex], Iterable[str]], ...] = (  # the most surprising first
    inference_tensor_met_autograd,
    unregistered,
    unused_outputs,
    fast_path,
    other_way,
    draws,
    handed_back,
    running_statistics_changed,
    nothing_recorded,
    gradients_in_eval_mode,
)


def notes_on(observation: Observation) -> tuple[str, ...]:
    """Return the notes of a run, the most surprising first; code is in backticks."""
    run = RunIndex(observation)
    found = [notes(observation) for notes in ON_THE_CALL]
    return tuple(chain(*found, *(notes(run) for notes in ON_ITS_STEPS)))
