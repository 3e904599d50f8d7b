"""Which tensors a node takes, makes and writes into, and the edges that come of it. Call it with torch's modes off."""

from __future__ import annotations

from collections.abc import Mapping

from torch import Tensor

from explorer.capture.operations.labels import label_of
from explorer.capture.operations.pending_graph import PendingGraph
from explorer.capture.operations.producers import Producers
from explorer.capture.values.tensor_facts import storage_id
from explorer.record import TensorLabel


class TensorFlow:
    """The tensors of one graph, while it grows."""

    def __init__(self, graph: PendingGraph, names: Mapping[int, str], *, of_script: bool) -> None:
        """names: id of a parameter or buffer → its dotted name; may grow."""
        self.producers = Producers()
        self._graph, self._names, self._of_script = graph, names, of_script

    def make(self, tensor: Tensor, index: int) -> None:
        """Note that a node made a tensor."""
        label = self._graph.nodes[index].made[id(tensor)] = label_of(tensor)
        self.producers.add(tensor, index, label)

    def write(self, tensor: Tensor, index: int, *, is_result: bool) -> None:
        """Note that a node wrote into a tensor. What it was given it changed in place.

        is_result: whether that is what it was called for. Otherwise what it writes into a parameter or a buffer is
        beside that, as the running statistics of batch norm are.
        """
        node, producers = self._graph.nodes[index], self.producers
        identity, storage = producers.origin(tensor)[2], producers.add_write(tensor, index)
        if identity in node.inputs:
            node.in_place = node.in_place or is_result or node.inputs[identity] is not None
        elif not node.in_place:  # a view of what it was given, maybe
            if node.storages_given[1] != len(node.inputs):
                node.storages_given = producers.storages(node.inputs), len(node.inputs)
            node.in_place = storage in node.storages_given[0]

    def take(self, tensor: Tensor, index: int) -> None:
        """Add the edges from what made a tensor; a tensor that nothing here produced has none."""
        node, producers = self._graph.nodes[index], self.producers
        maker, label, identity, is_known = producers.origin(tensor)
        if maker == index or (not is_known and node.made and storage_id(tensor) in producers.storages(node.made)):
            node.taken_inside.add(identity)
        elif identity not in node.inputs:
            named = is_known or self._of_script
            self._add(index, identity, maker, producers.writer(storage_id(tensor)), label or label_of(tensor), named)

    def take_storage(self, storage: int, index: int) -> None:
        """Add the edges from what made the tensor that lies in a piece of memory, as a copy of a tensor takes it."""
        maker, label, identity, _ = self.producers.origin_of_storage(storage)
        if label is not None and maker != index and identity not in self._graph.nodes[index].inputs:
            self._add(index, identity, maker, self.producers.writer(storage), label, named=True)

    def _add(self, index: int, identity: int, maker: int, writer: int, label: TensorLabel, named: bool) -> None:
        """Add an input of a node. named: whether it may be a parameter, which `inputs` has not."""
        node = self._graph.nodes[index]
        self._graph.take(identity, label, (maker, writer) if maker < writer < index else (maker,), index)
        if maker < 0 and writer in (-1, index) and identity in self._names and named:
            node.inputs[identity] = None
            node.parameters.append((self._names[identity], label))
