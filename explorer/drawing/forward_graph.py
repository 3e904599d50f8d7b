"""The forward graph as a picture: DOT built with `graphviz`, and the SVG that Graphviz lays out from it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from types import MappingProxyType
from typing import Literal

import graphviz

from explorer.drawing.collapsed_graph import Box, Collapsed, Depth, ancestors, called_again, collapse
from explorer.drawing.dot import Direction, add_node, escape, new_digraph
from explorer.drawing.palette import PaintRole, Palette, Theme, palette
from explorer.drawing.render import page_svg, render
from explorer.record import Graph, ModuleCall, TensorLabel

FileKind = Literal["svg", "png", "pdf", "dot"]
Spans = Mapping[str, tuple[tuple[int, int], ...]]

SHAPES_SHOWN = 3


@dataclass(frozen=True)
class Drawing:
    """A graph drawn for one theme. Element ids begin with the drawing's prefix and are the same at every drawing."""

    dot: str
    label: str  # one sentence for readers who cannot see the picture
    spans: Spans = field(hash=False)  # id of a node's group: ranges of step indices, both ends included, it runs in
    module_spans: Spans = field(hash=False)  # the same for the group around a module call
    titles: Mapping[str, str] = field(hash=False)  # element id: what it is, in words

    @cached_property
    def svg(self) -> str:
        """The drawing as an element for a page: sized by CSS alone, transparent, with titles and without scripts."""
        return _laid_out(self.dot, tuple(self.titles.items()), self.label)

    @property
    def width(self) -> float:
        """In points."""
        return float(self.svg.partition('viewBox="')[2].partition('"')[0].split()[2])

    def file(self, kind: FileKind) -> bytes:
        """Return the drawing as a file that stands alone, on the theme's background."""
        if kind == "dot":
            return self.dot.encode()
        drawn = render(self.dot, kind)
        if kind == "svg":
            return page_svg(drawn, self.titles, self.label, standalone=True).encode()
        return drawn


def draw(
    graph: Graph,
    depth: Depth = "operations",
    theme: Theme = "light",
    direction: Direction = "TB",
    prefix: str = "graph",
) -> Drawing:
    """Draw the forward graph.

    depth: see `explorer.drawing.collapsed_graph.collapse`.
    direction: "TB" from top to bottom, "LR" from left to right.
    prefix: begins every element id, so that drawings can share a page: a letter, then letters, digits or "-".

    Raises ValueError for a value that is not one of these.
    """
    seen, colours = collapse(graph, depth), palette(theme)
    dot = new_digraph(colours, direction, prefix)
    plan = _plan(graph, seen)
    _add_level(dot, plan, None, colours, prefix)
    titles = {f"{prefix}-{box.id}": describe(box) for box in seen.boxes}
    titles |= {f"{prefix}-in{call.index}": plan.names[call.index] for call in plan.clusters}
    titles |= _add_edges(dot, seen, prefix)
    return Drawing(
        dot=dot.source,
        label=_summary(seen),
        spans=MappingProxyType({f"{prefix}-{box.id}": box.steps for box in seen.boxes}),
        module_spans=MappingProxyType({f"{prefix}-in{call.index}": (call.steps,) for call in plan.clusters}),
        titles=MappingProxyType(titles),
    )


@lru_cache(maxsize=128)
def _laid_out(dot: str, titles: tuple[tuple[str, str], ...], label: str) -> str:
    """Return the SVG of a drawing.

    It is kept, for laying out takes 20 ms for a transformer, and runs that differ in their seed have one picture.
    """
    return page_svg(render(dot, "svg"), dict(titles), label)


def call_name(call: ModuleCall, repeated: bool) -> str:
    """Return a module call's name, as "pool · MaxPool2d, call 2"; the outermost module has its class alone."""
    name = f"{call.module} · {call.module_class}" if call.module else call.module_class
    return f"{name}, call {call.number}" if repeated else name


def describe(box: Box) -> str:
    """Return a box in words: what it is, where it ran, and the shapes that went in and came out."""
    what = f"{box.name}, modifies its input in place" if box.in_place else box.name
    what += ", raised" if box.raised else ""
    if box.kind == "module":
        where = f": module {box.module}"
    elif box.in_hook:
        where = f" in a hook of {box.module or box.module_class}"
    elif box.kind == "operation" and box.module_class:
        where = f" in {box.module or 'the outermost module'} ({box.module_class})"
    else:
        where = ""
    call = f", call {box.number}" if box.number is not None else ""
    flow = " → ".join(part for part in (shapes(box.inputs), shapes(box.outputs)) if part)
    return f"{what}{where}{call}" + (f"; {flow}" if flow else "")


def shapes(tensors: Iterable[TensorLabel]) -> str:
    """Return the tensors' shapes on one line, the first three of them."""
    written = [str(list(tensor.shape)) for tensor in tensors]
    more = [f"+{len(written) - SHAPES_SHOWN}"] if len(written) > SHAPES_SHOWN else []
    return ", ".join(written[:SHAPES_SHOWN] + more)


@dataclass(frozen=True, slots=True)
class _Plan:
    """Which box is drawn in which cluster."""

    clusters: tuple[ModuleCall, ...]
    inside: Mapping[int | None, tuple[Box, ...]]  # the boxes that lie directly in each cluster
    names: Mapping[int, str]  # of every module call


def _plan(graph: Graph, seen: Collapsed) -> _Plan:
    """Return which boxes go into which cluster.

    Each module call has a cluster, except where one operation is all that the call ran: its box then names the call.
    """
    enclosing = {call for box in seen.boxes for call in ancestors(graph, box.call)}
    crowded = Counter(box.call for box in seen.boxes) + Counter(graph.calls[call].parent for call in enclosing)
    alone = {
        box.call
        for box in seen.boxes
        if box.call is not None and crowded[box.call] == 1 and graph.calls[box.call].module and not box.in_hook
    }
    inside: dict[int | None, list[Box]] = {}
    for box in seen.boxes:
        home = graph.calls[box.call].parent if box.call is not None and box.call in alone else box.call
        inside.setdefault(home, []).append(box)
    repeated = called_again(graph)
    return _Plan(
        clusters=tuple(graph.calls[index] for index in sorted(enclosing - alone)),
        inside={home: tuple(boxes) for home, boxes in inside.items()},
        names={call.index: call_name(call, (call.module, call.module_class) in repeated) for call in graph.calls},
    )


def _add_level(dot: graphviz.Digraph, plan: _Plan, home: int | None, colours: Palette, prefix: str) -> None:
    """Add the boxes that lie directly in one module call, and a cluster for each call inside it."""
    for box in plan.inside.get(home, ()):
        module = "" if box.call == home else plan.names[box.call] if box.call is not None else box.module
        _add_box(dot, box, module, colours, f"{prefix}-{box.id}")
    for call in plan.clusters:
        if call.parent == home:
            with dot.subgraph(name=f"cluster_{call.index}") as inner:
                inner.attr(
                    label=f"<{escape(plan.names[call.index])}>",
                    id=f"{prefix}-in{call.index}",
                    labeljust="l",
                    style="rounded",
                    color=colours.roles["cluster"].line,
                    penwidth="1.2",
                    margin="10",
                )
                _add_level(inner, plan, call.index, colours, prefix)


def _add_box(dot: graphviz.Digraph, box: Box, module: str, colours: Palette, element: str) -> None:
    """Add a box. module: the line that says where it ran, empty where the cluster around it says so."""
    if box.in_hook:
        module = f"hook on {box.module or box.module_class}"
    elif box.kind == "module":
        module = box.module if box.number is None else f"{box.module}, call {box.number}"
    flow = shapes(box.inputs if box.kind == "output" else box.outputs)
    if box.kind == "operation" and not box.outputs:
        flow = "no output"
    if box.raised:
        flow = "raised"
    end = box.kind in ("input", "output")
    add_node(
        dot,
        box.id,
        element,
        [line for line in (box.name, module, flow) if line],
        colours.roles[_role(box)],
        shape="ellipse" if end else "octagon" if box.in_place else "box",
        dashed=box.in_hook,
        double=box.kind == "output",
        thick=box.raised,
    )


def _role(box: Box) -> PaintRole:
    if box.kind in ("input", "output"):
        return "end"
    if box.raised:
        return "raised"
    if box.in_hook:
        return "hook"
    if box.kind == "module":
        return "module"
    return "in place" if box.in_place else "operation"


def _add_edges(dot: graphviz.Digraph, seen: Collapsed, prefix: str) -> dict[str, str]:
    """Add the edges, and return their titles by element id.

    A shape is written on an edge where its source gives out several shapes and the reader must know which.
    """
    titles = {}
    boxes = {box.id: box for box in seen.boxes}
    for index, edge in enumerate(seen.edges):
        element, source = f"{prefix}-edge{index}", boxes[edge.source]
        ambiguous = len(set(source.outputs)) > 1
        dot.edge(
            edge.source,
            edge.target,
            id=element,
            label=f"<&nbsp;{escape(shapes(edge.tensors))}&nbsp;>" if ambiguous else "",
        )
        kinds = ", ".join(f"{tensor.dtype} {list(tensor.shape)}" for tensor in edge.tensors)
        titles[element] = f"{source.name} → {boxes[edge.target].name}: {kinds}"
    return titles


def _summary(seen: Collapsed) -> str:
    kinds = [box.kind for box in seen.boxes]
    parts = [
        f"{kinds.count(kind)} {word if kinds.count(kind) == 1 else word + 's'}"
        for kind, word in (("module", "module call"), ("operation", "operation"), ("input", "input"))
        if kind in kinds
    ]
    return f"Forward graph: {', '.join(parts) or 'nothing ran'}; {len(seen.edges)} links."
