"""The shape of what the viewer of a graph reads; `explorer/ui/web/graph/payload.js` says the same as JSDoc types."""

from __future__ import annotations

from typing import TypedDict


class DrawingPayload(TypedDict):
    """A drawing to zoom and pan."""

    svg: str
    label: str  # what a screen reader says of it
    view: str  # names what is shown: while it stays the same, another drawing keeps zoom and scrolling
