"""Put what was measured into the documents: every table into docs/speed.md, one line of each into the README."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from benchmarks.row import Table, worst_of_each

ROOT = Path(__file__).resolve().parent.parent
README, SPEED = ROOT / "README.md", ROOT / "docs" / "speed.md"
BEGIN, END = "<!-- bench -->", "<!-- /bench -->"


def put(tables: str, text: str) -> str:
    """Return the text with the tables between its markers.

    Raises ValueError where the text does not have each marker once.
    """
    if text.count(BEGIN) != 1 or text.count(END) != 1:
        raise ValueError(f"The document needs {BEGIN} and {END}, once each.")
    before, rest = text.split(BEGIN)
    after = rest.split(END)[1]
    return f"{before}{BEGIN}\n{tables.strip()}\n{END}{after}"


def write(machine: str, tables: Sequence[Table], readme: Path = README, speed: Path = SPEED) -> None:
    """Write both documents. machine: the line that says on what was measured."""
    every = "\n".join([machine, "", *(table.markdown() for table in tables)])
    for file, text in ((speed, every), (readme, worst_of_each(tables))):
        file.write_text(put(text, file.read_text(encoding="utf-8")), encoding="utf-8")
