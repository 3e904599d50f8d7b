"""A sentence for each warning that a step gave."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from explorer.record import GivenWarning, Observation

TEXT_LENGTH = 160  # characters of a warning's text in a sentence


def warnings_by_step(observation: Observation) -> Mapping[int, Sequence[GivenWarning]]:
    """Return the warnings of each step that gave some."""
    found: dict[int, list[GivenWarning]] = {}
    for warning in observation.warnings:
        found.setdefault(warning.step, []).append(warning)
    return found


def warning_sentence(warning: GivenWarning, where: str = "") -> str:
    """Return who warns, and of what. where: put at the end of the sentence."""
    giver = "torch warns" if warning.by_torch else "A warning is given"
    text = " ".join(warning.message.split()).replace("`", "'")
    if len(text) > TEXT_LENGTH:
        text = text[: TEXT_LENGTH - 1] + "…"
    return f"{giver} (`{warning.category}`){f': `{text}`' if text else ', without a text'}{where}."
