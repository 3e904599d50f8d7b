"""Sentences on what is worth seeing in a run, each chosen by what was measured."""

from __future__ import annotations

from explorer.record import Observation


def notes_on(observation: Observation) -> tuple[str, ...]:
    """The notes of a run."""
    return ()
