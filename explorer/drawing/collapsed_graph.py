"""Collapse the forward graph to a chosen depth: operations, leaf modules, or the outermost module's children.

A record's `Graph` goes in, boxes and their edges come out; nothing is drawn here.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, get_args

from explorer.record import Edge, Graph, ModuleCall, Node, TensorLabel

Depth = Literal["operations", "leaf", "top"]
BoxKind = Literal["input", "operation", "module", "output"]
Called = frozenset[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Box:
    """What is drawn as one: an end of the graph, one operation, or one call of a module with all it ran."""

    id: str  # the node's own id, or "call3" for `Graph.calls[3]`; unique in the graph and stable
    kind: BoxKind
    name: str  # the operation ("conv2d"), or the module's class ("Conv2d")
    module: str  # dotted path of the module that it ran in, or that it is
    module_class: str
    number: int | None  # which call of the module this is; None where there is only one call of it
    call: int | None  # index into `Graph.calls` of the call that encloses it
    inputs: tuple[TensorLabel, ...]
    outputs: tuple[TensorLabel, ...]
    steps: tuple[tuple[int, int], ...]  # ranges of step indices during which it ran, both ends included
    nodes: tuple[Node, ...]  # what it stands for, in order of execution
    in_hook: bool = False
    in_place: bool = False
    raised: bool = False


@dataclass(frozen=True, slots=True)
class BoxEdge:
    """The tensors that went from one box to another; between two collapsed boxes each label appears once."""

    source: str
    target: str
    tensors: tuple[TensorLabel, ...]


@dataclass(frozen=True, slots=True)
class Collapsed:
    """A forward graph at one depth."""

    boxes: tuple[Box, ...]  # in order of execution
    edges: tuple[BoxEdge, ...]
    silent: tuple[ModuleCall, ...]  # calls that ran no operation: of leaf modules, or those that would be a box


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
    home = {node.id: _home(graph, node, drawn) for node in graph.nodes}
    members: dict[str, list[Node]] = {}
    for node in graph.nodes:
        members.setdefault(_box_id(node, home[node.id]), []).append(node)

    edges = _box_edges(
        graph, {node.id: _box_id(node, home[node.id]) for node in graph.nodes}, merge=depth != "operations"
    )
    repeated = called_again(graph)
    boxes = []
    for box_id, nodes in members.items():
        call = home[nodes[0].id]
        boxes.append(
            _operation_box(graph, nodes[0], repeated)
            if call is None
            else _module_box(graph, box_id, call, nodes, repeated)
        )
    return Collapsed(tuple(boxes), edges, _silent(graph, drawn if drawn else _drawn_calls(graph, "leaf")))


def ancestors(graph: Graph, call: int | None) -> tuple[int, ...]:
    """Return the call and those around it, the outermost first."""
    chain: list[int] = []
    while call is not None and call not in chain:
        chain.append(call)
        call = graph.calls[call].parent
    return tuple(reversed(chain))


def called_again(graph: Graph) -> Called:
    """Return path and class of the modules that were called more than once. Those registered nowhere share one path."""
    return frozenset((call.module, call.module_class) for call in graph.calls if call.number > 1)


def is_in_place(operation: str) -> bool:
    """Return whether an operation changes its input: torch gives its name one underscore at the end, as in `add_`."""
    return operation.endswith("_") and not operation.endswith("__")


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
    worked: set[int] = set()
    for node in graph.nodes:
        if node.kind == "operation":
            chain = ancestors(graph, node.call)
            worked.update(chain[:-1] if node.in_hook else chain)
    return tuple(call for call in graph.calls if call.index in calls - worked)


def _nearest(graph: Graph, call: int | None, drawn: frozenset[int]) -> int | None:
    """Return the outermost enclosing call that is drawn as a box."""
    return next((index for index in ancestors(graph, call) if index in drawn), None)


def _home(graph: Graph, node: Node, drawn: frozenset[int]) -> int | None:
    """Return the call in whose box the node disappears, or None where it is a box of its own."""
    if node.kind != "operation":
        return None
    call = _nearest(graph, node.call, drawn)
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
        in_place=node.kind == "operation" and is_in_place(node.operation),
        raised=node.raised,
    )


def _module_box(graph: Graph, box_id: str, index: int, nodes: list[Node], repeated: Called) -> Box:
    call = graph.calls[index]
    inside = {node.id for node in nodes}
    entering = [edge.tensor for edge in graph.edges if edge.target in inside and edge.source not in inside]
    leaving = {  # a tensor that two boxes use leaves once
        (edge.source, edge.tensor): edge.tensor
        for edge in graph.edges
        if edge.source in inside and edge.target not in inside
    }
    return Box(
        id=box_id,
        kind="module",
        name=call.module_class,
        module=call.module,
        module_class=call.module_class,
        number=call.number if (call.module, call.module_class) in repeated else None,
        call=call.parent,
        inputs=tuple(entering),
        outputs=tuple(leaving.values()) or nodes[-1].outputs,
        steps=(call.steps,),
        nodes=tuple(nodes),
        raised=any(node.raised for node in nodes),
    )


def _box_edges(graph: Graph, box_of: dict[str, str], *, merge: bool) -> tuple[BoxEdge, ...]:
    if not merge:
        return tuple(BoxEdge(edge.source, edge.target, (edge.tensor,)) for edge in graph.edges)
    merged: dict[tuple[str, str], dict[TensorLabel, None]] = {}
    for edge in _between(graph.edges, box_of):
        merged.setdefault((edge.source, edge.target), {})[edge.tensor] = None
    return tuple(BoxEdge(source, target, tuple(tensors)) for (source, target), tensors in merged.items())


def _between(edges: Iterable[Edge], box_of: dict[str, str]) -> Iterable[Edge]:
    """Yield the edges as they run between boxes; those inside one box are left out."""
    for edge in edges:
        source, target = box_of[edge.source], box_of[edge.target]
        if source != target:
            yield Edge(source, target, edge.tensor)
