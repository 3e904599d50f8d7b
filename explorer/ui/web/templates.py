"""The elements of a component, read from an HTML file and filled in."""

from __future__ import annotations

from pathlib import Path
from string import Template


def filled(file: Path, **parts: str) -> str:
    """The elements in a file, with these parts where it names them. Raises KeyError for a part that it lacks."""
    return Template(file.read_text(encoding="utf-8")).substitute(parts)
