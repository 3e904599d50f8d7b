"""Read the style sheets of a component from their files and join them."""

from __future__ import annotations

from pathlib import Path

WEB = Path(__file__).parent  # the folder of the browser's part
SHARED = WEB / "shared"
PALETTE = SHARED / "palette.css"  # the colours of what we draw ourselves
CUT_EDGES = SHARED / "cut_edges.css"  # the shadow of what goes on behind an edge


def styles(*files: Path) -> str:
    """Return one style sheet of these files, in their order."""
    return "\n".join(file.read_text(encoding="utf-8") for file in files)
