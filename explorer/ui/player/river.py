"""The operations and the module calls of a run, as the river in the browser is laid out from them."""

from __future__ import annotations

from collections.abc import Sequence

from explorer.reading.narration.operation_facts import is_dropout
from explorer.record import Graph, ModuleCall, Node
from explorer.ui.player.payload_types import CallColumns, OperationColumns, RiverPayload


def river_payload(graph: Graph, *, classes: bool = False) -> RiverPayload:
    """Return the graph as columns. Nodes and calls are named by their places in it; it has no drawing.

    classes: whether each number of the output is the score of a class.
    """
    place = {node.id: index for index, node in enumerate(graph.nodes)}
    shapes: dict[tuple[int, ...], int] = {}
    operations: OperationColumns = {
        "kind": [node.kind for node in graph.nodes],
        "name": [node.operation for node in graph.nodes],
        "call": [-1 if node.call is None else node.call for node in graph.nodes],
        "first": [node.steps[0] for node in graph.nodes],
        "last": [node.steps[1] for node in graph.nodes],
        "drops": [is_dropout(node) for node in graph.nodes],
        "in_hook": [node.in_hook for node in graph.nodes],
        "raised": [node.raised for node in graph.nodes],
        "output": [_output(node, shapes) for node in graph.nodes],
        "outputs": [len(node.inputs if node.kind == "output" else node.outputs) for node in graph.nodes],
    }
    calls: CallColumns = {
        "module": [_path_below_caller(call, graph.calls) for call in graph.calls],
        "module_class": [call.module_class for call in graph.calls],
        "number": [call.number for call in graph.calls],
        "parent": [-1 if call.parent is None else call.parent for call in graph.calls],
        "first": [call.steps[0] for call in graph.calls],
        "last": [call.steps[1] for call in graph.calls],
    }
    edges = dict.fromkeys((place[edge.source], place[edge.target]) for edge in graph.edges)
    return {
        "calls": calls,
        "operations": operations,
        "edges": list(edges),
        "shapes": [list(shape) for shape in shapes],
        "classes": classes,
    }


def _path_below_caller(call: ModuleCall, calls: Sequence[ModuleCall]) -> str:
    """Return ".linear1" for a module below the one that called it, and the whole path for another.

    Whole paths of nested modules would make the payload grow with the square of their depth.
    """
    around = "" if call.parent is None else calls[call.parent].module
    return call.module.removeprefix(around) if around and call.module.startswith(f"{around}.") else call.module


def _output(node: Node, shapes: dict[tuple[int, ...], int]) -> int:
    """Return the index of the shape of what a node gave first, or of an output took; -1 where there is no tensor."""
    tensors = node.inputs if node.kind == "output" else node.outputs
    return shapes.setdefault(tensors[0].shape, len(shapes)) if tensors else -1
