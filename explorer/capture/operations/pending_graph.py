"""Nodes and edges while the log is read, and the record that is made of them."""

from __future__ import annotations

from collections.abc import Sequence

from explorer.capture.operations.pending_node import PendingNode
from explorer.capture.trace.tape import Position
from explorer.record import Edge, Graph, ModuleCall, Node, TensorLabel
from explorer.record.lazy import LazySequence
from explorer.runtime.torch_private.operators import RUNS_BACKWARD


class PendingGraph:
    """The graph of one call, or of one script, while it grows."""

    def __init__(self) -> None:
        self.nodes: list[PendingNode] = []
        self._edges: list[tuple[int, int, TensorLabel]] = []  # producer, consumer, what went along

    def add(self, node: PendingNode) -> int:
        """Add a node, and return its index."""
        self.nodes.append(node)
        return len(self.nodes) - 1

    def drop_last(self) -> None:
        """Remove the node that was added last."""
        index = len(self.nodes) - 1
        self.nodes.pop()
        while self._edges and self._edges[-1][1] == index:
            self._edges.pop()

    def take(self, identity: int, label: TensorLabel, sources: Sequence[int], index: int) -> None:
        """Add an input of a node, with an edge from each node that had a part in making it; -1 stands for none."""
        self.nodes[index].inputs[identity] = label
        for source in sources:
            if source >= 0:
                if self.nodes[index].site.name != RUNS_BACKWARD:  # which takes what autograd saved inside a call
                    self.nodes[source].used[identity] = index
                self._edges.append((source, index, label))

    def results_at(self, frame: int, instruction: int, step: int) -> list[tuple[int, int]]:
        """Return what an instruction gave last during a step: the index of the node that made it, and its id."""
        for index in reversed(range(len(self.nodes))):
            node = self.nodes[index]
            if node.first_step != step:
                break
            if node.call is not None and node.call[:2] == (frame, instruction):
                return [(index, identity) for identity in node.results()]
        return []

    def record(self, calls: Sequence[ModuleCall]) -> Graph:
        """Return the plain record. Its nodes and edges are made when they are first read."""
        nodes, edges = self.nodes, self._edges
        return Graph(LazySequence(lambda: _nodes(nodes, calls)), LazySequence(lambda: _edges(edges)), calls)

    def record_of_script(self, results: Sequence[int]) -> Graph:
        """Return the plain record of the graph inside a script, which gave the tensors with these ids."""
        graph = PendingGraph()
        graph.nodes, graph._edges = list(self.nodes), list(self._edges)
        for identity in results:
            makers = [index for index, node in enumerate(self.nodes) if identity in node.made]
            if makers:
                maker = self.nodes[makers[-1]]
                end = PendingNode("output", "output", Position(maker.last_step, None, maker.in_hook))
                graph.take(identity, maker.made[identity], makers[-1:], graph.add(end))
        return Graph(_nodes(graph.nodes, ()), _edges(graph._edges), ())


def _nodes(nodes: Sequence[PendingNode], calls: Sequence[ModuleCall]) -> tuple[Node, ...]:
    return tuple(node.record(f"n{index}", calls) for index, node in enumerate(nodes))


def _edges(edges: Sequence[tuple[int, int, TensorLabel]]) -> tuple[Edge, ...]:
    return tuple(Edge(f"n{producer}", f"n{taker}", label) for producer, taker, label in edges)
