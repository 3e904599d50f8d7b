"""One line of a table: what was measured, and the goal that it met or missed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.pairs import Pairs


@dataclass(frozen=True)
class Row:
    """Text for each column, and whether the goal was met; None where there is no goal."""

    cells: tuple[str, ...]
    goal: str = ""
    met: bool | None = None

    @property
    def verdict(self) -> str:
        return {True: "met", False: "**missed**", None: ""}[self.met]


@dataclass(frozen=True)
class Table:
    """Rows below a title and the columns' names; `said` is a sentence below them."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    said: str = ""

    def markdown(self) -> str:
        lines = [f"**{self.title}**", ""]
        if self.rows:
            goals = any(row.goal for row in self.rows)
            columns = (*self.columns, "goal", "") if goals else self.columns
            lines += [_line(columns), _line([":--", *["--:"] * (len(columns) - 1)])]
            lines += [_line((*row.cells, row.goal, row.verdict) if goals else row.cells) for row in self.rows]
            lines.append("")
        return "\n".join([*lines, *([self.said, ""] if self.said else [])])


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def milliseconds(seconds: float) -> str:
    """Three digits that can be read, as "0.0123", "4.56", "789"."""
    number = seconds * 1000
    return f"{number:.0f}" if number >= 100 else f"{number:#.3g}".rstrip(".")


def times(pairs: Pairs) -> str:
    """The ratio and its middle half, as "1.93 (1.90 to 2.01)"."""
    return f"{_ratio(pairs.ratio)} ({' to '.join(_ratio(end) for end in pairs.spread)})"


def _ratio(number: float) -> str:
    return f"{number:,.0f}" if number >= 100 else f"{number:.2f}"
