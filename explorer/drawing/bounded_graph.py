"""Choose how a forward graph is folded, so that Graphviz can lay it out in a moment."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import get_args

from explorer.drawing.boxes import Collapsed, Depth
from explorer.drawing.collapsed_graph import collapse
from explorer.drawing.folded_graph import fold_repetition
from explorer.drawing.grouped_graph import group
from explorer.drawing.module_frames import number_of_frames
from explorer.record import Graph

MOST_PARTS = 48


@dataclass(frozen=True, slots=True)
class Size:
    """How much is drawn at most."""

    boxes: int  # with the frames around them
    # What Graphviz places: boxes, and a point at each rank that an edge goes past. Its time grows faster than that: an
    # input that each of 100 operations takes makes 5,000 points, and 9 seconds.
    points: int


# In the order in which they are tried. Graphviz lays out the first in 0.1 s at most; where it was not done in time all
# the same, the next, which is drawn in this process in some 10 ms.
SIZES = (Size(150, 600), Size(24, 60))


def bounded(graph: Graph, depth: Depth, size: Size = SIZES[0]) -> Collapsed:
    """Return the graph at a depth, folded as far as needed to be no larger than a size.

    Repetition is folded first, then that of blocks whose shapes differ; then the same is tried at the next coarser
    depth. Last, operations that follow each other become one box.
    """
    whole = collapse(graph, depth)
    if fits(graph, whole, size):
        return whole
    sizes = len(whole.boxes), len(whole.edges)
    for seen in _ways_to_fold(graph, whole, size):
        if fits(graph, seen, size):
            break
    return replace(seen, whole_size=sizes)


def fits(graph: Graph, seen: Collapsed, size: Size) -> bool:
    """Return whether a graph is no larger than a size."""
    return len(seen.boxes) + number_of_frames(graph, seen) <= size.boxes and points(seen) <= size.points


def points(seen: Collapsed) -> int:
    """Return how many points Graphviz places: the boxes, and one for each rank that an edge goes past."""
    rank = dict.fromkeys((box.id for box in seen.boxes), 0)
    place = {box.id: index for index, box in enumerate(seen.boxes)}
    forwards = [edge for edge in seen.edges if not edge.onward and place[edge.source] < place[edge.target]]
    for edge in sorted(forwards, key=lambda edge: place[edge.source]):
        rank[edge.target] = max(rank[edge.target], rank[edge.source] + 1)
    return len(rank) + sum(max(1, abs(rank[edge.target] - rank[edge.source])) for edge in seen.edges)


def _ways_to_fold(graph: Graph, whole: Collapsed, size: Size) -> Iterator[Collapsed]:
    """Yield the graph folded more and more; the last fits any size that has room for a few boxes."""
    depths: tuple[Depth, ...] = get_args(Depth)
    for depth in depths[depths.index(whole.depth) :]:
        unfolded = whole if depth == whole.depth else collapse(graph, depth)
        ways = [unfolded, *(fold_repetition(graph, unfolded, any_shape=any_shape) for any_shape in (False, True))]
        yield from (way for way in ways if not _is_one_call(way))
    seen = fold_repetition(graph, whole, any_shape=True)
    parts = min(MOST_PARTS, size.boxes)
    while parts:
        yield group(seen, parts)
        parts //= 2


def _is_one_call(seen: Collapsed) -> bool:
    """Return whether all that ran is one box: the call of a model without submodules."""
    inner = [box for box in seen.boxes if box.kind not in ("input", "output")]
    return len(inner) == 1 and inner[0].kind == "module" and inner[0].times == 1
