"""Read the elements of a component from an HTML file and fill them in."""

from __future__ import annotations

from pathlib import Path
from string import Template


def filled(file: Path, **parts: str) -> str:
    """Return the elements in a file, with `parts` where it names them. Raises KeyError where a part is missing."""
    return Template(file.read_text(encoding="utf-8")).substitute(parts)
