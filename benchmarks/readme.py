"""Puts the tables into README.md, between two markers."""

from __future__ import annotations

from pathlib import Path

README = Path(__file__).resolve().parent.parent / "README.md"
BEGIN, END = "<!-- bench -->", "<!-- /bench -->"


def put(tables: str, text: str) -> str:
    """The text with the tables between its markers. Raises ValueError where it does not have each marker once."""
    if text.count(BEGIN) != 1 or text.count(END) != 1:
        raise ValueError(f"README.md needs {BEGIN} and {END}, once each.")
    before, rest = text.split(BEGIN)
    after = rest.split(END)[1]
    return f"{before}{BEGIN}\n{tables.strip()}\n{END}{after}"


def write(tables: str, file: Path = README) -> None:
    file.write_text(put(tables, file.read_text(encoding="utf-8")), encoding="utf-8")
