"""Fold a forward graph to parts of the run, where nothing else makes it small enough to draw."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from explorer.drawing.boxes import Box, BoxEdge, Collapsed
from explorer.drawing.folded_graph import disjoint
from explorer.record import TensorLabel
from explorer.wording import count

ENDS_APART = 8  # inputs and outputs that stay boxes of their own, of each


def group(seen: Collapsed, parts: int) -> Collapsed:
    """Return the graph with boxes that follow each other drawn as one, so many parts of about the same length."""
    groups = _parts(seen.boxes, parts)
    boxes = tuple(_grouped(each) for each in groups)
    drawn_as = {box.id: boxes[index].id for index, each in enumerate(groups) for box in each}
    merged: dict[tuple[str, str, bool], dict[TensorLabel, None]] = {}
    for edge in seen.edges:
        source, target = drawn_as[edge.source], drawn_as[edge.target]
        if source != target:
            merged.setdefault((source, target, edge.onward), {}).update(dict.fromkeys(edge.tensors))
    edges = (BoxEdge(source, target, tuple(tensors), onward) for (source, target, onward), tensors in merged.items())
    return replace(seen, boxes=boxes, edges=tuple(edges), folded_calls={})


def _parts(boxes: Sequence[Box], parts: int) -> list[list[Box]]:
    """Return the boxes in so many parts, and beside them a few inputs and outputs."""
    ends = {kind: [box for box in boxes if box.kind == kind] for kind in ("input", "output")}
    alone = {box.id for of_kind in ends.values() if len(of_kind) <= ENDS_APART for box in of_kind}
    inner = [box for box in boxes if box.id not in alone]
    length = max(1, -(-len(inner) // parts))
    found = [inner[start : start + length] for start in range(0, len(inner), length)]
    found += [[box] for box in boxes if box.id in alone]
    place = {box.id: index for index, box in enumerate(boxes)}
    return sorted(found, key=lambda part: place[part[0].id])


def _grouped(boxes: list[Box]) -> Box:
    first, last = boxes[0], boxes[-1]
    nodes = tuple(node for box in boxes for node in box.nodes)
    if len(boxes) == 1:
        return replace(first, call=None)
    return Box(
        id=first.id,
        kind="group",
        name=count(sum(node.kind == "operation" for node in nodes), "operation"),
        module=first.module,
        module_class=first.module_class,
        number=None,
        call=None,
        inputs=first.inputs,
        outputs=last.outputs,
        steps=disjoint(steps for box in boxes for steps in box.steps),
        nodes=nodes,
        raised=any(box.raised for box in boxes),
        last_module=last.last_module or last.module,
    )
