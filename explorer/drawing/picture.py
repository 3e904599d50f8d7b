"""A graph that is drawn: its DOT, and the SVG and other files that Graphviz makes of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Literal

from explorer.drawing.render import page_svg, render

FileKind = Literal["svg", "png", "pdf", "dot"]
Spans = Mapping[str, tuple[tuple[int, int], ...]]


@dataclass(frozen=True)
class Drawing:
    """A graph drawn for one theme. Element ids begin with the drawing's prefix and are the same at every drawing."""

    dot: str
    label: str  # one sentence for readers who cannot see the picture
    spans: Spans = field(hash=False)  # id of a node's group: ranges of step indices, both ends included, it runs in
    module_spans: Spans = field(hash=False)  # the same for the group around a module call
    titles: Mapping[str, str] = field(hash=False)  # element id: what it is, in words
    folded: str = ""  # a sentence on what is drawn as one; empty where all is drawn

    @cached_property
    def svg(self) -> str:
        """The drawing as an element for a page: sized by CSS alone, transparent, with titles and without scripts.

        Raises TimeoutError where Graphviz takes too long for it.
        """
        return _laid_out(self.dot, tuple(self.titles.items()), self.label)

    @property
    def width(self) -> float:
        """In points."""
        return float(self.svg.partition('viewBox="')[2].partition('"')[0].split()[2])

    def file(self, kind: FileKind) -> bytes:
        """Return the drawing as a file that stands alone, on the theme's background. Raises TimeoutError as `svg`."""
        if kind == "dot":
            return self.dot.encode()
        drawn = render(self.dot, kind)
        if kind == "svg":
            return page_svg(drawn, self.titles, self.label, standalone=True).encode()
        return drawn


@lru_cache(maxsize=128)
def _laid_out(dot: str, titles: tuple[tuple[str, str], ...], label: str) -> str:
    """Return the SVG of a drawing.

    It is kept, for laying out takes 20 ms for a transformer, and runs that differ in their seed have one picture. That
    it took too long is not: the machine may have been busy.
    """
    return page_svg(render(dot, "svg"), dict(titles), label)
