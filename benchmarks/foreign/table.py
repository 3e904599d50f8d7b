"""The results of all sources as one table."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any


@dataclass(frozen=True)
class Source:
    """A package or a folder, with what came of its networks."""

    name: str
    version: str
    results: Sequence[dict[str, Any]]

    @property
    def checked(self) -> list[dict[str, Any]]:
        """The results of variants that were called."""
        return [each for each in self.results if "variant" in each]

    @property
    def failed(self) -> list[dict[str, Any]]:
        return [each for each in self.checked if each["failures"]]

    def line(self) -> str:
        """Return the table's row."""
        checked = self.checked
        networks = len({each["network"] for each in checked})
        left = sum("uncallable" in each for each in self.results)
        slow = sum("slow" in each or "died" in each for each in self.results)
        lines = sum(each["lines"] for each in checked)
        operations = sum(each["operations"] for each in checked)
        unrepeatable = sum(bool(each["not_repeatable"]) for each in checked)
        ratios = [each["observe_seconds"] / each["bare_seconds"] for each in checked if each["bare_seconds"]]
        ratio = f"{median(ratios):.1f}" if ratios else ""
        name = f"{self.name} {self.version}".strip()
        cells = (
            name,
            networks,
            left,
            slow,
            len(checked),
            f"{lines:,}",
            f"{operations:,}",
            unrepeatable,
            len(self.failed),
            ratio,
        )
        return f"| {' | '.join(map(str, cells))} |"


HEAD = (
    "| source | networks | not callable by guesswork | too slow, or ended the process | variants | lines compared "
    "| operations | two bare calls differ | failures | times the bare call, median |",
    "| :-- | --: | --: | --: | --: | --: | --: | --: | --: | --: |",
)


def markdown(sources: Sequence[Source]) -> str:
    """Return the table, and each failure below it."""
    return "\n".join([*HEAD, *(source.line() for source in sources), "", *_failures(sources)])


def _failures(sources: Sequence[Source]) -> Iterator[str]:
    """Give a line for each kind of failure: how many variants have it, and the first of them."""
    kinds: dict[str, list[str]] = {}
    for source in sources:
        for each in source.failed:
            for failure in each["failures"]:
                kind = re.sub(r"[0-9]+", "N", failure)
                kinds.setdefault(kind, []).append(f"`{each['network']}` ({each['variant']}): {failure}")
    for found in sorted(kinds.values(), key=len, reverse=True):
        yield f"* {len(found)} times, first {found[0]}"
