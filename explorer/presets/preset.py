"""What a preset is: a run with a name, and a sentence on what is done in it."""

from __future__ import annotations

from dataclasses import dataclass

from explorer.experiment import Experiment


@dataclass(frozen=True, slots=True)
class Preset:
    """A named experiment. What comes of it is measured, so no preset says it."""

    title: str  # a few words, unlike any other's
    sentence: str  # what is called, and with what
    experiment: Experiment
