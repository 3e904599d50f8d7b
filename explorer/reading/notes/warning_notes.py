"""Say which warnings the call gave."""

from __future__ import annotations

from collections.abc import Iterator

from explorer.reading.narration.given_warnings import warning_sentence
from explorer.record import GivenWarning, Observation
from explorer.wording import count, listed

WARNINGS_TOLD = 3  # different ones, each by a note of its own


def given_warnings(observation: Observation) -> Iterator[str]:
    """Yield a note for each different warning, the first few in full."""
    steps: dict[tuple[str, str], list[int]] = {}
    first: dict[tuple[str, str], GivenWarning] = {}
    for warning in observation.warnings:
        key = warning.category, warning.message
        steps.setdefault(key, []).append(warning.step)
        first.setdefault(key, warning)
    for key, warning in list(first.items())[:WARNINGS_TOLD]:
        at = list(dict.fromkeys(steps[key]))
        where = f"step{'s' if len(at) > 1 else ''} {listed(map(str, at), 3)}"
        yield warning_sentence(warning, f" ({where})")
    if len(first) > WARNINGS_TOLD:
        yield f"The call gave {count(len(first) - WARNINGS_TOLD, 'more different warning')}; each is told at its step."
