"""One line of a table: what was measured, and the goal that it met or missed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.pairs import Pairs


@dataclass(frozen=True)
class Row:
    """Text for each column, and the goal that is set for one of them."""

    cells: tuple[str, ...]
    goal: str = ""  # in words: "< 10 ms"
    measured: str = ""  # what the goal is about, in words: "7.17 ms"
    share: float | None = None  # what was measured, as a part of the goal: the goal is met up to 1; None without a goal

    @property
    def met(self) -> bool | None:
        """Whether the goal was met; None where there is none."""
        return None if self.share is None else self.share <= 1

    @property
    def verdict(self) -> str:
        return {True: "met", False: "**missed**", None: ""}[self.met]


@dataclass(frozen=True)
class Table:
    """Rows below a title and the columns' names, and perhaps a sentence below them."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    sentence: str = ""

    def markdown(self) -> str:
        lines = [f"**{self.title}**", ""]
        if self.rows:
            goals = any(row.goal for row in self.rows)
            columns = (*self.columns, "goal", "") if goals else self.columns
            lines += [_line(columns), _line([":--", *["--:"] * (len(columns) - 1)])]
            lines += [_line((*row.cells, row.goal, row.verdict) if goals else row.cells) for row in self.rows]
            lines.append("")
        return "\n".join([*lines, *([self.sentence, ""] if self.sentence else [])])


def worst_of_each(tables: Sequence[Table]) -> str:
    """Return a short table in Markdown: of each table with goals the row that came nearest to missing its own."""
    lines = [_line(("what is measured", "worst of its rows", "goal", "")), _line((":--", "--:", "--:", "--:"))]
    for table in tables:
        rows = [row for row in table.rows if row.share is not None]
        if rows:
            worst = max(rows, key=lambda row: row.share or 0.0)
            lines.append(_line((f"{table.title}: {worst.cells[0]}", worst.measured, worst.goal, worst.verdict)))
    return "\n".join(lines)


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
