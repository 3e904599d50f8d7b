"""Nodes and edges, from the log of the operations that torch dispatched.

A node is what Python called. All that torch dispatches while a frame stands at one call belongs to that call: what it
makes and takes itself stays inside, what it takes from elsewhere is what it was given. Whether it is the same call is
known by the frame, its instruction, and the progress of the run: a frame comes back to an instruction by a jump back
only, and that Python tells, of frames that are not traced too (`line_marks`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from torch import Tensor, nn

from explorer.capture.operations.call_site import NO_CALL
from explorer.capture.operations.dispatched import RAISED, Dispatched
from explorer.capture.operations.nested_tensors import PLAIN, tensors_in
from explorer.capture.operations.pending_graph import PendingGraph
from explorer.capture.operations.pending_node import PendingNode, label_of
from explorer.capture.operations.producers import Producers
from explorer.capture.operations.raised_call import RaisedCall
from explorer.capture.trace.tape import Position
from explorer.capture.values.tensor_facts import storage_id
from explorer.record import Graph, ModuleCall
from explorer.runtime.plain_reads import is_a

_BEFORE_CALL = Position(0, 0, None, False)
# What the log has: a dispatched operation; a call that raised; a tensor, and what autograd made to stand for it.
LogEntry = Dispatched | RaisedCall | tuple[Any, Any]


class Wiring:
    """The graph of one call while its log is read."""

    def __init__(self, names: Mapping[int, str] | None = None, *, outside: Producers | None = None) -> None:
        """names: id of a parameter or buffer → its dotted name.
        outside: of a script, what the call around it met. Each operation is a node, what comes from there an input."""
        self.graph = PendingGraph()
        self._nodes = self.graph.nodes
        self._names: dict[int, str] = dict(names or {})
        self._outside, self._of_script = outside, outside is not None
        self._producers = Producers()
        self._call: tuple[int, int, int] | None = None  # frame, instruction and progress of the last node's call
        self._made_before: list[Tensor] = []  # room that the call made which is not a node yet
        self._call_before: tuple[int, int, int] | None = None  # that call

    def add_inputs(self, tensors: Iterable[Tensor]) -> None:
        """Add an input node for each tensor that the call is given."""
        for tensor in tensors:
            if not self._producers.knows(tensor):
                self._add_input(tensor, _BEFORE_CALL)

    def add_parameters_and_buffers(self, named: Iterable[tuple[str, Tensor]]) -> None:
        """Make parameters and buffers known: no node produces them, until an operation writes into one."""
        for name, tensor in named:
            self._producers.add(tensor, -1, None)
            self._names[id(tensor)] = name

    def add_outputs(self, tensors: Iterable[Tensor], position: Position) -> None:
        """Add an output node for each tensor that the call returned."""
        for tensor in tensors:
            self._consume(tensor, self.graph.add(PendingNode("output", "output", position)))

    def read_log(self, log: Iterable[LogEntry]) -> None:
        """Make nodes and edges of what happened, in its order. Call it with torch's modes off."""
        for entry in log:
            if isinstance(entry, Dispatched):
                self._read(entry)
            elif isinstance(entry, RaisedCall):
                self._read_raised(entry)
            else:
                self._read_alias(*entry)

    def release_tensors(self) -> None:
        """Keep no tensor any more, but where it lies in memory."""
        self._producers.release_tensors()

    def record(self, calls: Sequence[ModuleCall], raised_after: Callable[[int], bool]) -> Graph:
        """Return the plain record, and let the tensors go.

        raised_after: whether the step after this one is an exception. It belongs to the operation that raised it.
        """
        for node in self._nodes:
            if node.raised and raised_after(node.last_step):
                node.last_step += 1
        self._producers = Producers()
        return self.graph.record(calls)

    def _read(self, entry: Dispatched) -> None:
        operator, args, kwargs, result = entry.operator, entry.args, entry.kwargs, entry.result
        if self._of_script:
            self._add_inputs_of_script(entry)
        index = self._node_of(entry)
        if index < 0:
            self._read_beside(entry)
            return
        node = self._nodes[index]
        node.drew = node.drew or entry.drew
        if not operator.lifts:  # what is lifted was made of numbers just now
            for value in args:
                kind = type(value)
                if kind is Tensor or kind is nn.Parameter:
                    self._consume(value, index)
                elif id(kind) not in PLAIN and not (kind is list and PLAIN.issuperset(map(id, map(type, value)))):
                    for tensor in tensors_in(value):
                        self._consume(tensor, index)
            if kwargs:
                for tensor in tensors_in(kwargs):
                    self._consume(tensor, index)
        if node.read_inside is not None:
            node.read_inside((entry,))
        if args and result is args[0] and not operator.written and not operator.lifts:
            self._withdraw(index)  # it did nothing, as dropout in eval mode under `inference_mode`
            return
        if result is RAISED:
            node.raised = True
            return
        results = tensors_in(result)
        node.last_results = [id(tensor) for tensor in results]
        for each in operator.written:
            for tensor in tensors_in(kwargs.get(each) if isinstance(each, str) else args[each]):
                self._write(tensor, index, is_result=id(tensor) in node.last_results)
        for tensor in results:
            self._produce(tensor, index)

    def _read_beside(self, entry: Dispatched) -> None:
        """Read an operation that is no node: autograd, or the call that is about to begin, asked for it."""
        if not entry.operator.allocates:
            self._read_alias(entry.args[0], entry.result)
            return
        call = None if self._of_script else entry.call
        for tensor in tensors_in(entry.result):
            self._producers.forget(tensor)
            if call is not None and call == self._call:
                self._produce(tensor, len(self._nodes) - 1)
                continue
            if self._call_before != call:
                self._call_before, self._made_before = call, []
            self._made_before.append(tensor)

    def _read_alias(self, tensor: Any, alias: Any) -> None:
        if is_a(tensor, Tensor) and is_a(alias, Tensor):
            self._producers.add_alias(alias, tensor)
            if self._nodes and self._nodes[-1].read_inside is not None:
                self._nodes[-1].read_inside(((tensor, alias),))

    def _read_raised(self, entry: RaisedCall) -> None:
        """Mark the node of a call that raised, and give it what the call was given."""
        given = [
            result
            for instruction in entry.nested  # what calls in its arguments gave
            for result in self.graph.results_at(entry.frame, instruction, entry.position.step)
        ]
        call = entry.frame, entry.instruction, entry.position.progress
        if self._nodes and self._nodes[-1].call == call:
            index = len(self._nodes) - 1
        elif entry.name is not None and (entry.is_torch or entry.tensors or given):
            index = self.graph.add(PendingNode("operation", entry.name, entry.position))
        else:
            return
        self._nodes[index].raised = True
        for maker, identity in given:
            if maker != index:
                self.graph.take(identity, self._nodes[maker].made[identity], (maker,), index)
        for tensor in entry.tensors:
            self._consume(tensor, index)
        self._call = None

    def _node_of(self, entry: Dispatched) -> int:
        """Return the index of the node that a dispatched operation belongs to; -1 for what is not drawn."""
        operator, site, call = entry.operator, entry.site, None if self._of_script else entry.call
        is_mark = operator.full_name.startswith("profiler.")  # of `record_function`, which computes nothing
        asked_for = site.name == operator.name and not self._of_script and not is_mark
        if (operator.internal or operator.allocates) and not asked_for:
            return -1
        if call is not None and call == self._call:
            index = len(self._nodes) - 1
        else:
            site = NO_CALL if self._of_script else site
            node = PendingNode("operation", site.name or operator.name, entry.position, site)
            index, self._call, node.call = self.graph.add(node), call, call
            if site.is_script:
                inside = Wiring(self._names, outside=self._producers)
                node.graph_inside, node.read_inside = inside.graph.record_of_script, inside.read_log
            if call is not None and call == self._call_before:
                for tensor in self._made_before:
                    self._produce(tensor, index)
            self._made_before, self._call_before = [], None
        node = self._nodes[index]
        node.see(operator, entry.position.step)
        return index

    def _add_input(self, tensor: Tensor, position: Position) -> None:
        node = PendingNode("input", "input", position)
        node.last_results = [id(tensor)]
        self._produce(tensor, self.graph.add(node))

    def _add_inputs_of_script(self, entry: Dispatched) -> None:
        """Add an input node for each tensor that comes from outside of the script."""
        if self._outside is None or entry.operator.lifts or entry.operator.allocates:
            return
        for tensor in tensors_in((entry.args, entry.kwargs)):
            identity = self._outside.origin(tensor)[2]
            if identity in self._names:  # autograd's own object for a parameter is one too
                self._names[id(tensor)] = self._names[identity]
            elif id(tensor) not in self._names and not self._producers.origin(tensor)[3]:
                self._add_input(tensor, entry.position)

    def _produce(self, tensor: Tensor, index: int) -> None:
        """Note that a node made a tensor."""
        label = self._nodes[index].made[id(tensor)] = label_of(tensor)
        self._producers.add(tensor, index, label)

    def _write(self, tensor: Tensor, index: int, *, is_result: bool) -> None:
        """Note that a node wrote into a tensor. What it was given and is no parameter's it changed in place."""
        node, producers = self._nodes[index], self._producers
        storage = producers.add_write(tensor, index)
        if id(tensor) in node.inputs:
            node.in_place = node.in_place or is_result or node.inputs[id(tensor)] is not None
        elif not node.in_place:  # a view of what it was given, maybe
            if node.storages_given[1] != len(node.inputs):
                given = [identity for identity, label in node.inputs.items() if label is not None]
                node.storages_given = producers.storages(given), len(node.inputs)
            node.in_place = storage in node.storages_given[0]

    def _withdraw(self, index: int) -> None:
        """Remove the node that was added last, where it has dispatched nothing else."""
        if len(self._nodes[index].full_names) == 1:
            self.graph.drop_last()
            self._call = None

    def _consume(self, tensor: Tensor, index: int) -> None:
        """Add the edges from what made a tensor; a tensor that nothing here produced has none."""
        node, producers = self._nodes[index], self._producers
        maker, label, identity, is_known = producers.origin(tensor)
        if maker == index or (not is_known and node.made and storage_id(tensor) in producers.storages(node.made)):
            node.taken_inside.add(identity)
            return
        if identity in node.inputs:
            return
        label = label or label_of(tensor)
        writer = producers.writer(tensor)
        self.graph.take(identity, label, (maker, writer) if maker < writer < index else (maker,), index)
        if maker < 0 and writer in (-1, index) and identity in self._names and (is_known or self._of_script):
            node.inputs[identity] = None
            node.parameters.append((self._names[identity], label))
