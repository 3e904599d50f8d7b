"""Nodes and edges, from the log of the operations that torch dispatched.

A node is what Python called. All that torch dispatches while a frame stands at one call belongs to that call: what it
makes and takes itself stays inside, what it takes from elsewhere is what it was given. Whether it is the same call is
known by the frame, its instruction, and the frame's turn: a frame comes back to an instruction by a jump back only, and
that Python tells, of frames that are not traced too (`line_marks`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from explorer.capture.operations.call_site import NO_CALL
from explorer.capture.operations.dispatched import RAISED, Dispatched
from explorer.capture.operations.nested_tensors import PLAIN, tensors_in
from explorer.capture.operations.nodes_of_calls import NodesOfCalls
from explorer.capture.operations.pending_graph import PendingGraph
from explorer.capture.operations.pending_node import PendingNode
from explorer.capture.operations.producers import Producers
from explorer.capture.operations.raised_call import RaisedCall
from explorer.capture.operations.read_scripts import read_scripts
from explorer.capture.operations.tensor_flow import TensorFlow
from explorer.capture.trace.tape import Position
from explorer.record import Graph, ModuleCall
from explorer.runtime.plain_reads import is_a
from explorer.runtime.torch_private.memory import identity_of_memory

_BEFORE_CALL = Position(0, None, False)
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
        self._flow = TensorFlow(self.graph, self._names, of_script=self._of_script)
        self._calls = NodesOfCalls()

    def add_inputs(self, tensors: Iterable[Tensor]) -> None:
        """Add an input node for each tensor that the call is given."""
        for tensor in tensors:
            if not self._flow.producers.knows(tensor):
                self._add_input(tensor, _BEFORE_CALL)

    def add_parameters_and_buffers(self, named: Iterable[tuple[str, Tensor]]) -> None:
        """Make parameters and buffers known: no node produces them, until an operation writes into one."""
        for name, tensor in named:
            self._flow.producers.add(tensor, -1, None)
            self._names[id(tensor)] = name

    def add_outputs(self, tensors: Iterable[Tensor], position: Position) -> None:
        """Add an output node for each tensor that the call returned."""
        for tensor in tensors:
            self._flow.take(tensor, self.graph.add(PendingNode("output", "output", position)))

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
        self._flow.producers.release_tensors()

    def see_moves(self, tensors: Sequence[Tensor] | None, *, ended: bool) -> None:
        """Note where tensors lie that are about to be given other memory, or see which ones were."""
        producers = self._flow.producers
        (producers.end_moves if ended else producers.begin_moves)(tensors)

    def record(self, calls: Sequence[ModuleCall], raised_after: Callable[[int], bool]) -> Graph:
        """Return the plain record, and let the tensors go.

        raised_after: whether the step after this one is an exception. It belongs to the operation that raised it.
        """
        for node in self._nodes:
            if node.raised and raised_after(node.last_step):
                node.last_step += 1
        self._flow.producers = Producers()
        read_scripts(self._nodes)
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
                    self._flow.take(value, index)
                elif kind is torch.UntypedStorage:
                    self._flow.take_storage(identity_of_memory(value), index)
                elif id(kind) not in PLAIN and not (kind is list and PLAIN.issuperset(map(id, map(type, value)))):
                    for tensor in tensors_in(value):
                        self._flow.take(tensor, index)
            if kwargs:
                for tensor in tensors_in(kwargs):
                    self._flow.take(tensor, index)
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
        for each in operator.written if operator.name != "set_" else ():  # which gives a tensor other memory
            for tensor in tensors_in(kwargs.get(each) if isinstance(each, str) else args[each]):
                self._flow.write(tensor, index, is_result=not results or id(tensor) in node.last_results)
        for tensor in results:
            self._flow.make(tensor, index)
        if node.site.is_script and operator.name.startswith("native_"):  # what it gives besides is for autograd
            node.taken_inside.update(node.last_results[1:])

    def _read_beside(self, entry: Dispatched) -> None:
        """Read an operation that is no node: autograd, or the call that is about to begin, asked for it."""
        if not entry.operator.allocates:
            self._read_alias(entry.args[0], entry.result)
            return
        call = None if self._of_script else entry.call
        index, made = self._calls.node(call), tensors_in(entry.result)
        for tensor in made:
            self._flow.producers.forget(tensor)
            if index is not None:
                self._flow.make(tensor, index)
        if index is None:
            self._calls.make_room(call, made)

    def _read_alias(self, tensor: Any, alias: Any) -> None:
        if is_a(tensor, Tensor) and is_a(alias, Tensor):
            self._flow.producers.add_alias(alias, tensor)
            if self._nodes and self._nodes[-1].read_inside is not None:
                self._nodes[-1].read_inside(((tensor, alias),))

    def _read_raised(self, entry: RaisedCall) -> None:
        """Mark the node of a call that raised, and give it what the call was given."""
        given = [
            result
            for instruction in entry.nested  # what calls in its arguments gave
            for result in self.graph.results_at(entry.place[0], instruction, entry.position.step)
        ]
        index = self._calls.node(entry.place)
        if index is None:
            if entry.name is None or not (entry.is_torch or entry.tensors or given):
                return
            index = self.graph.add(PendingNode("operation", entry.name, entry.position))
        self._nodes[index].raised = True
        for maker, identity in given:
            if maker != index:
                self.graph.take(identity, self._nodes[maker].made[identity], (maker,), index)
        for tensor in entry.tensors:
            self._flow.take(tensor, index)
        self._calls.end(entry.place)

    def _node_of(self, entry: Dispatched) -> int:
        """Return the index of the node that a dispatched operation belongs to; -1 for what is not drawn."""
        operator, site, call = entry.operator, entry.site, None if self._of_script else entry.call
        is_mark = operator.full_name.startswith("profiler.")  # of `record_function`, which computes nothing
        asked_for = site.name == operator.name and not self._of_script and not is_mark
        if (operator.internal or operator.allocates) and not asked_for:
            return -1
        known = self._calls.node(call)
        if known is not None and not self._takes_from_after(entry, known):
            index = known
        else:
            site = NO_CALL if self._of_script else site
            node = PendingNode("operation", site.name or operator.name, entry.position, site)
            index, node.call = self.graph.add(node), call
            if site.is_script:
                inside = Wiring(self._names, outside=self._flow.producers)
                node.graph_inside, node.read_inside = inside.graph.record_of_script, inside.read_log
            for tensor in self._calls.begin(call, index):
                self._flow.make(tensor, index)
        self._nodes[index].see(operator, entry.position.step, len(self._nodes))
        return index

    def _takes_from_after(self, entry: Dispatched, index: int) -> bool:
        """Return whether an operation takes what a node after this one made: edges go forwards in time only."""
        if index == len(self._nodes) - 1:
            return False
        return any(self._flow.producers.is_newer(each, index) for each in tensors_in((entry.args, entry.kwargs)))

    def _add_input(self, tensor: Tensor, position: Position) -> None:
        node = PendingNode("input", "input", position)
        node.last_results = [id(tensor)]
        self._flow.make(tensor, self.graph.add(node))

    def _add_inputs_of_script(self, entry: Dispatched) -> None:
        """Add an input node for each tensor that comes from outside of the script."""
        if self._outside is None or entry.operator.lifts or entry.operator.allocates:
            return
        for tensor in tensors_in((entry.args, entry.kwargs)):
            identity = self._outside.origin(tensor)[2]
            if identity in self._names:  # autograd's own object for a parameter is one too
                self._names[id(tensor)] = self._names[identity]
            elif id(tensor) not in self._names and not self._flow.producers.origin(tensor)[3]:
                self._add_input(tensor, entry.position)

    def _withdraw(self, index: int) -> None:
        """Remove the node that was added last, where it has dispatched nothing else."""
        if len(self._nodes[index].full_names) == 1 and index == len(self._nodes) - 1:
            self._calls.end(self._nodes[index].call)
            self.graph.drop_last()
