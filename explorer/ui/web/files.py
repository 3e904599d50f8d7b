"""Read the files of the browser's part: style sheets, which are joined, and HTML, which is filled in."""

from __future__ import annotations

from pathlib import Path
from string import Template

WEB = Path(__file__).parent  # the folder of the browser's part
SHARED = WEB / "shared"
PALETTE = SHARED / "palette.css"  # the colours of what we draw ourselves
CUT_EDGES = SHARED / "cut_edges.css"  # the shadow of what goes on behind an edge


def joined_styles(*files: Path) -> str:
    """Return one style sheet of these files, in their order."""
    return "\n".join(file.read_text(encoding="utf-8") for file in files)


def filled_html(file: Path, **parts: str) -> str:
    """Return the elements in a file, with `parts` where it names them. Raises KeyError where a part is missing."""
    return Template(file.read_text(encoding="utf-8")).substitute(parts)
