"""Collapse the forward graph to a chosen depth: operations, leaf modules, or the outermost module's children.

A record's `Graph` goes in, boxes and their edges come out; nothing is drawn here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import get_args

from explorer.drawing.boxes import Box, BoxEdge, Collapsed, Depth
from explorer.record import Edge, Graph, ModuleCall, Node, TensorLabel

Called = frozenset[tuple[str, str]]


def collapse(graph: Graph, depth: Depth) -> Collapsed:
    """Return the graph with the operations of one module call merged into one box, as far as `depth` asks for it.

    "operations": nothing is merged. "leaf": a box for each call of a module that has no submodules and calls
    no module. "top": a box for each call of a direct child of the outermost module. Operations outside such calls
    stay on their own, and so does work in a hook of such a call: it belongs to the hook, not to the module's `forward`.

    Raises ValueError for another depth.
    """
    if depth not in get_args(Depth):
        raise ValueError(f"The depth is one of {', '.join(get_args(Depth))}, not {depth!r}.")
    drawn = _drawn_calls(graph, depth)
    around = _outermost_drawn(graph, drawn)
    home = {node.id: _home(node, around) for node in graph.nodes}
    members: dict[str, list[Node]] = {}
    for node in graph.nodes:
        members.setdefault(_box_id(node, home[node.id]), []).append(node)

    box_of = {node.id: _box_id(node, home[node.id]) for node in graph.nodes}
    entering, leaving = _crossing(graph, box_of)
    repeated = called_again(graph)
    boxes = []
    for box_id, nodes in members.items():
        call = home[nodes[0].id]
        if call is None:
            boxes.append(_operation_box(graph, nodes[0], repeated))
        else:
            labels = tuple(entering.get(box_id, ())), tuple(leaving.get(box_id, {}).values())
            boxes.append(_module_box(graph, box_id, call, nodes, repeated, *labels))
    edges = _box_edges(graph, box_of, merge=depth != "operations")
    silent = _silent(graph, drawn if drawn else _drawn_calls(graph, "leaf"))
    return Collapsed(tuple(boxes), edges, silent, depth=depth)


def calls_around(graph: Graph, calls: Iterable[int | None]) -> set[int]:
    """Return these calls and all those around them. It takes as long as there are calls to return."""
    found: set[int] = set()
    for each in calls:
        call = each
        while call is not None and call not in found:
            found.add(call)
            call = graph.calls[call].parent
    return found


def called_again(graph: Graph) -> Called:
    """Return path and class of the modules that were called more than once. Those registered nowhere share one path."""
    return frozenset((call.module, call.module_class) for call in graph.calls if call.number > 1)


def _drawn_calls(graph: Graph, depth: Depth) -> frozenset[int]:
    """Return the module calls that become one box."""
    if depth == "operations":
        return frozenset()
    if depth == "leaf":
        # A module may call another that is registered nowhere, one in a plain list: then it is no leaf either.
        callers = {call.parent for call in graph.calls}
        return frozenset(call.index for call in graph.calls if not call.children and call.index not in callers)
    # A function, and `model.forward(x)` at times, are recorded without a call of an outermost module: then the first
    # ones are to be drawn. The outermost module's begins right after the lookup.
    outermost = {call.index for call in graph.calls if call.parent is None and not call.module and call.steps[0] <= 1}
    return frozenset(
        call.index
        for call in graph.calls
        if call.index not in outermost and (call.parent is None or call.parent in outermost)
    )


def _silent(graph: Graph, calls: frozenset[int]) -> tuple[ModuleCall, ...]:
    """Return those of the calls that ran no operation, themselves or further inside. Work in a hook does not count."""
    operations = [node for node in graph.nodes if node.kind == "operation" and node.call is not None]
    worked = calls_around(
        graph, (graph.calls[node.call or 0].parent if node.in_hook else node.call for node in operations)
    )
    return tuple(call for call in graph.calls if call.index in calls - worked)


def _outermost_drawn(graph: Graph, drawn: frozenset[int]) -> Mapping[int, int | None]:
    """Return, for each call, the outermost of those around it that is drawn as a box, itself included."""
    found: dict[int, int | None] = {}
    for call in graph.calls:
        chain: list[int] = []
        at: int | None = call.index
        while at is not None and at not in found:
            chain.append(at)
            found[at] = None
            at = graph.calls[at].parent
        outer = None if at is None else found[at]
        for index in reversed(chain):
            outer = outer if outer is not None else index if index in drawn else None
            found[index] = outer
    return found


def _home(node: Node, around: Mapping[int, int | None]) -> int | None:
    """Return the call in whose box the node disappears, or None where it is a box of its own.

    around: what `_outermost_drawn` returns.
    """
    if node.kind != "operation" or node.call is None:
        return None
    call = around[node.call]
    return None if node.in_hook and call == node.call else call


def _box_id(node: Node, call: int | None) -> str:
    return node.id if call is None else f"call{call}"


def _operation_box(graph: Graph, node: Node, repeated: Called) -> Box:
    call = None if node.call is None else graph.calls[node.call]
    return Box(
        id=node.id,
        kind=node.kind,
        name=node.operation,
        module=node.module,
        module_class=node.module_class,
        number=call.number if call is not None and (call.module, call.module_class) in repeated else None,
        call=node.call,
        inputs=node.inputs,
        outputs=node.outputs,
        steps=(node.steps,),
        nodes=(node,),
        in_hook=node.in_hook,
        in_place=node.in_place,
        raised=node.raised,
    )


def _crossing(
    graph: Graph, box_of: Mapping[str, str]
) -> tuple[dict[str, list[TensorLabel]], dict[str, dict[tuple[str, TensorLabel], TensorLabel]]]:
    """Return what goes into each box, and what leaves it: a tensor that two others use leaves once."""
    entering: dict[str, list[TensorLabel]] = {}
    leaving: dict[str, dict[tuple[str, TensorLabel], TensorLabel]] = {}
    for edge in graph.edges:
        source, target = box_of[edge.source], box_of[edge.target]
        if source != target:
            entering.setdefault(target, []).append(edge.tensor)
            leaving.setdefault(source, {})[edge.source, edge.tensor] = edge.tensor
    return entering, leaving


def _module_box(
    graph: Graph,
    box_id: str,
    index: int,
    nodes: list[Node],
    repeated: Called,
    entering: tuple[TensorLabel, ...],
    leaving: tuple[TensorLabel, ...],
) -> Box:
    call = graph.calls[index]
    return Box(
        id=box_id,
        kind="module",
        name=call.module_class,
        module=call.module,
        module_class=call.module_class,
        number=call.number if (call.module, call.module_class) in repeated else None,
        call=call.parent,
        inputs=entering,
        outputs=leaving or nodes[-1].outputs,
        steps=(call.steps,),
        nodes=tuple(nodes),
        raised=any(node.raised for node in nodes),
    )


def _box_edges(graph: Graph, box_of: Mapping[str, str], *, merge: bool) -> tuple[BoxEdge, ...]:
    if not merge:
        return tuple(BoxEdge(edge.source, edge.target, (edge.tensor,)) for edge in graph.edges)
    merged: dict[tuple[str, str], dict[TensorLabel, None]] = {}
    for edge in _between(graph.edges, box_of):
        merged.setdefault((edge.source, edge.target), {})[edge.tensor] = None
    return tuple(BoxEdge(source, target, tuple(tensors)) for (source, target), tensors in merged.items())


def _between(edges: Iterable[Edge], box_of: Mapping[str, str]) -> Iterable[Edge]:
    """Yield the edges as they run between boxes; those inside one box are left out."""
    for edge in edges:
        source, target = box_of[edge.source], box_of[edge.target]
        if source != target:
            yield Edge(source, target, edge.tensor)
