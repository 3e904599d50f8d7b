"""The forward graph as a picture: DOT built with `graphviz`, and the SVG that Graphviz lays out from it."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from types import MappingProxyType

import graphviz

from explorer.drawing.bounded_graph import SIZES, Size, bounded
from explorer.drawing.boxes import TIMES_SIGN, Box, Collapsed, Depth
from explorer.drawing.collapsed_graph import collapse
from explorer.drawing.dot import Direction, add_node, begin_frame, end_frame, escape, new_digraph
from explorer.drawing.module_frames import Frames, frames_of, path_range
from explorer.drawing.palette import PaintRole, Palette, Theme, palette
from explorer.drawing.picture import Drawing
from explorer.record import Graph, ModuleCall, TensorLabel
from explorer.wording import count

SHAPES_SHOWN = 3
KINDS_SHOWN = 12  # of the tensors that go along one link


def draw(
    graph: Graph,
    depth: Depth = "operations",
    theme: Theme = "light",
    direction: Direction = "TB",
    prefix: str = "graph",
    size: Size | None = SIZES[0],
) -> Drawing:
    """Draw the forward graph.

    depth: see `explorer.drawing.collapsed_graph.collapse`.
    direction: "TB" from top to bottom, "LR" from left to right.
    prefix: begins every element id, so that drawings can share a page: a letter, then letters, digits or "-".
    size: a graph that is larger is folded, see `explorer.drawing.bounded_graph.bounded`; None draws all there is.

    Raises ValueError for a value that is not one of these.
    """
    return draw_boxes(
        graph, collapse(graph, depth) if size is None else bounded(graph, depth, size), theme, direction, prefix
    )


def draw_in_time(
    graph: Graph,
    depth: Depth = "operations",
    theme: Theme = "light",
    direction: Direction = "TB",
    prefix: str = "graph",
) -> Drawing:
    """Draw the forward graph as `draw` does, and lay it out; folded further where Graphviz takes too long for it."""
    *larger, smallest = SIZES
    for size in larger:
        drawing = draw(graph, depth, theme, direction, prefix, size)
        with suppress(TimeoutError):
            _ = drawing.svg
            return drawing
    return draw(graph, depth, theme, direction, prefix, smallest)


def draw_boxes(graph: Graph, seen: Collapsed, theme: Theme, direction: Direction, prefix: str) -> Drawing:
    """Draw the forward graph as it was collapsed. Raises ValueError as `draw` does."""
    colours = palette(theme)
    dot = new_digraph(colours, direction, prefix)
    frames = frames_of(graph, seen)
    _add_boxes(dot, frames, colours, prefix)
    titles = {f"{prefix}-{box.id}": describe(box) for box in seen.boxes}
    titles |= {f"{prefix}-in{call.index}": frames.names[call.index] for call in frames.calls}
    titles |= _add_edges(dot, seen, prefix)
    return Drawing(
        dot=dot.source,
        label=_summary(seen),
        spans=MappingProxyType({f"{prefix}-{box.id}": box.steps for box in seen.boxes}),
        module_spans=MappingProxyType({f"{prefix}-in{index}": steps for index, steps in frames.spans.items()}),
        titles=MappingProxyType(titles),
        folded=folded_sentence(seen),
    )


def describe(box: Box) -> str:
    """Return a box in words: what it is, where it ran, and the shapes that went in and came out."""
    what = f"{box.name}, modifies its input in place" if box.in_place else box.name
    what += f", {box.times:,} times" if box.times > 1 else ""
    what += ", raised" if box.raised else ""
    if box.kind == "module":
        where = f": module {path_range(box.module, box.last_module)}"
    elif box.in_hook:
        where = f" in a hook of {box.module or box.module_class}"
    elif box.kind == "operation" and box.module_class:
        where = f" in {path_range(box.module, box.last_module) or 'the outermost module'} ({box.module_class})"
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


def folded_sentence(seen: Collapsed) -> str:
    """Return what is drawn as one, and how much there is; empty where all is drawn at the depth that was asked for."""
    if seen.whole_size is None:
        return ""
    boxes, links = seen.whole_size
    size = f"With {count(boxes, 'box', 'boxes')} and {count(links, 'link')} this graph is too large to draw whole."
    ways = []
    if any(box.times > 1 for box in seen.boxes):
        ways.append(f"What comes again and again is drawn once, with {TIMES_SIGN} and how often it came.")
    if any(box.kind == "module" for box in seen.boxes):
        ways.append("A module call is one box, with all it ran.")
    if any(box.kind == "group" for box in seen.boxes):
        ways.append("Operations that ran one after the other are one box.")
    if any(edge.onward for edge in seen.edges):
        ways.append("A dashed link goes to a later repetition.")
    return " ".join([size, *ways])


def _add_boxes(dot: graphviz.Digraph, frames: Frames, colours: Palette, prefix: str) -> None:
    """Add the boxes, and a frame for each module call around what lies in it."""
    for item, home in frames.walk():
        if item is None:
            end_frame(dot)
        elif isinstance(item, ModuleCall):
            line = colours.roles["cluster"].line
            begin_frame(dot, f"cluster_{item.index}", f"{prefix}-in{item.index}", frames.names[item.index], line)
        else:
            named = "" if item.call == home else frames.names[item.call] if item.call is not None else item.module
            _add_box(dot, item, named, colours, f"{prefix}-{item.id}")


def _add_box(dot: graphviz.Digraph, box: Box, module: str, colours: Palette, element: str) -> None:
    """Add a box. module: the line that says where it ran, empty where the cluster around it says so."""
    if box.in_hook:
        module = f"hook on {box.module or box.module_class}"
    elif box.kind == "module":
        module = path_range(box.module, box.last_module) + (f", call {box.number}" if box.number is not None else "")
    elif box.kind == "group":
        module = path_range(box.module, box.last_module)
    flow = shapes(box.inputs if box.kind == "output" else box.outputs)
    if box.kind == "operation" and not box.outputs:
        flow = "no output"
    elif box.last_outputs and box.last_outputs != box.outputs:
        flow = f"{flow} … {shapes(box.last_outputs)}"
    if box.raised:
        flow = "raised"
    name = f"{box.name} {TIMES_SIGN} {box.times:,}" if box.times > 1 else box.name
    end = box.kind in ("input", "output")
    add_node(
        dot,
        box.id,
        element,
        [line for line in (name, module, flow) if line],
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
    if box.kind == "group":
        return "function"
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
            **({"style": "dashed", "constraint": "false"} if edge.onward else {}),
        )
        kinds = [f"{tensor.dtype} {list(tensor.shape)}" for tensor in edge.tensors]
        kinds = [*kinds[:KINDS_SHOWN], f"+{len(kinds) - KINDS_SHOWN}"] if len(kinds) > KINDS_SHOWN else kinds
        onward = " of a later repetition" if edge.onward else ""
        titles[element] = f"{source.name} → {boxes[edge.target].name}{onward}: {', '.join(kinds)}"
    return titles


def _summary(seen: Collapsed) -> str:
    kinds = [box.kind for box in seen.boxes for _ in range(box.times)]
    parts = [
        count(kinds.count(kind), word)
        for kind, word in (
            ("module", "module call"), ("operation", "operation"), ("group", "part"), ("input", "input"),
        )
        if kind in kinds
    ]  # fmt: skip
    links = len(seen.edges) if seen.whole_size is None else seen.whole_size[1]
    return f"Forward graph: {', '.join(parts) or 'nothing ran'}; {links} links."
