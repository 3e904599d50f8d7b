"""Draw torchviz's graph of autograd in the style of the forward graph."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from types import MappingProxyType

from explorer.drawing.dot import Direction, add_node, new_digraph
from explorer.drawing.palette import PaintRole, Theme, palette
from explorer.drawing.picture import Drawing
from explorer.record.autograd import AutogradGraph, AutogradNode

ACCUMULATE = "AccumulateGrad"  # the function that adds to a leaf's `.grad`
_WORDS: Mapping[str, str] = MappingProxyType(
    {"leaf": "leaf that requires grad", "output": "output", "base": "what the output is a view of"}
)


def draw_autograd(
    graph: AutogradGraph, theme: Theme = "light", direction: Direction = "TB", prefix: str = "autograd"
) -> Drawing:
    """Draw what autograd recorded, from the leaves to the output. A leaf and its AccumulateGrad are one box.

    Arguments as for `explorer.drawing.forward_graph.draw`; raises ValueError as it does.
    """
    colours = palette(theme)
    dot = new_digraph(colours, direction, prefix)
    merged = _merged(graph)
    titles = {}
    for node in graph.nodes:
        if node.id not in merged:
            element = f"{prefix}-{node.id}"
            titles[element] = _describe(node)
            add_node(
                dot,
                node.id,
                element,
                _lines(node, accumulates=node.id in merged.values()),
                colours.roles[_role(node)],
                shape="box" if node.kind == "function" else "ellipse" if node.kind != "leaf" else "folder",
                dashed=node.kind == "base",
                double=node.kind == "output",
            )
    for source, target in graph.edges:
        ends = merged.get(source, source), merged.get(target, target)
        if ends[0] != ends[1]:
            dot.edge(*ends)
    counts = Counter(node.kind for node in graph.nodes)
    label = f"Autograd graph: {len(graph.functions)} backward functions, {counts['leaf']} leaves that require grad."
    return Drawing(dot.source, label, MappingProxyType({}), MappingProxyType({}), MappingProxyType(titles))


def _merged(graph: AutogradGraph) -> dict[str, str]:
    """Return the id of each AccumulateGrad, and that of the leaf it belongs to."""
    kinds = {node.id: node for node in graph.nodes}
    return {
        target: source
        for source, target in graph.edges
        if kinds[source].kind == "leaf" and kinds[target].name == ACCUMULATE
    }


def _lines(node: AutogradNode, accumulates: bool) -> list[str]:
    name = node.name or ("leaf" if node.kind == "leaf" else _WORDS[node.kind])
    return [line for line in (name, node.shape, ACCUMULATE if accumulates else "") if line]


def _describe(node: AutogradNode) -> str:
    if node.kind == "function":
        return f"{node.name}: backward function"
    return ", ".join(part for part in (node.name, _WORDS[node.kind], node.shape) if part)


def _role(node: AutogradNode) -> PaintRole:
    if node.kind == "function":
        return "function"
    return "leaf" if node.kind == "leaf" else "end"
