"""Gather the sentences on what is worth seeing in a run, each chosen by what was measured."""

from __future__ import annotations

from explorer.reading.notes.batch_size_notes import batch_size_changed
from explorer.reading.notes.dropout_notes import dropout_as_function, dropout_in_eval_mode, dropout_without_gradients
from explorer.reading.notes.entry_mode_notes import entry_mode_notes
from explorer.reading.notes.hook_notes import hook_notes
from explorer.reading.notes.mode_notes import (
    fast_path,
    gradients_in_eval_mode,
    nothing_recorded,
    running_statistics_changed,
)
from explorer.record import Observation

NOTES = (  # the most surprising first
    batch_size_changed,
    entry_mode_notes,
    hook_notes,
    fast_path,
    dropout_in_eval_mode,
    dropout_without_gradients,
    dropout_as_function,
    running_statistics_changed,
    nothing_recorded,
    gradients_in_eval_mode,
)


def notes_on(observation: Observation) -> tuple[str, ...]:
    """Return the notes of a run, the most surprising first; code is in backticks."""
    return tuple(note for notes in NOTES for note in notes(observation))
