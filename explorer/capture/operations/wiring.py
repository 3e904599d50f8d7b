"""Which operation took what another made: nodes and edges from the log of the operations that torch dispatched.

A tensor's producer is found by the tensor's identity; a view may come back from autograd as another object, and is
then found by where it lies in memory.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from torch import Tensor, nn

from explorer.capture.operations.dispatched import RAISED, Dispatched
from explorer.capture.operations.nested_tensors import PLAIN, tensors_in
from explorer.capture.operations.pending_node import PendingNode, label_of
from explorer.capture.trace.tape import Position
from explorer.capture.values.tensor_facts import storage_id
from explorer.record import Edge, Graph, ModuleCall, NodeKind, TensorLabel
from explorer.record.lazy import LazySequence

_BEFORE_CALL = Position(0, 0, None, False)

# A tensor that was met; the index of the node that made it, -1 for none; its label, None for a parameter or buffer: a
# lazy one has no shape at first. A plain tuple, as a call of a large model has hundreds.
_Known = tuple[Tensor | weakref.ref[Tensor], int, TensorLabel | None]


class Wiring:
    """The graph of one call while its log is read."""

    def __init__(self) -> None:
        self._operations: list[PendingNode] = []
        self._edges: list[tuple[int, int, TensorLabel]] = []  # producer, consumer, what went along
        self._parameter_names: dict[int, str] = {}  # id of a parameter or buffer → its dotted name
        # Frame, instruction and progress of the last call that dispatched, and the index of the node that it made.
        self._last_call: tuple[int, int, int] | None = None
        self._operation_of_last_call = -1
        self._known: dict[int, _Known] = {}  # by id of the tensor
        self._producer_at: dict[tuple[Any, ...], int] = {}  # storage, offset, shape, stride → index of the producer
        self._kept: list[int] = []  # ids of those whose tensor is kept, and that are not in `_producer_at` yet
        self._last_writer: dict[int, int] = {}  # storage → index of the last operation that wrote into it

    def add_inputs(self, tensors: Iterable[Tensor]) -> None:
        """Add an input node for each tensor that the call is given."""
        for tensor in tensors:
            if not _is_known(self._known.get(id(tensor)), tensor):
                index = self._add("input", "input", _BEFORE_CALL)
                self._produce(tensor, index)
                self._operations[index].used_outputs.append(id(tensor))

    def add_parameters_and_buffers(self, named: Iterable[tuple[str, Tensor]]) -> None:
        """Make parameters and buffers known: no node produces them, until an operation writes into one."""
        for name, tensor in named:
            self._remember(tensor, -1, None)
            self._parameter_names[id(tensor)] = name

    def add_outputs(self, tensors: Iterable[Tensor], position: Position) -> None:
        """Add an output node for each tensor that the call returned."""
        for tensor in tensors:
            self._consume(tensor, self._add("output", "output", position))

    def read_log(self, log: Iterable[Dispatched]) -> None:
        """Make nodes and edges of dispatched operations, in their order. Call it with torch's modes off."""
        for entry in log:
            operator, args, kwargs, result = entry.operator, entry.args, entry.kwargs, entry.result
            target = self._operation(entry)
            if entry.drew and target >= 0:
                self._operations[target].drew = True
            if target < 0:
                if operator.allocates:
                    self._forget(result)
                continue
            for value in args:
                kind = type(value)
                if kind is Tensor or kind is nn.Parameter:
                    self._consume(value, target)
                elif kind not in PLAIN and not (kind is list and PLAIN.issuperset(map(type, value))):
                    for tensor in tensors_in(value):
                        self._consume(tensor, target)
            if kwargs:
                for tensor in tensors_in(kwargs):
                    self._consume(tensor, target)
            if args and result is args[0] and not operator.written:
                self._withdraw(target)  # it did nothing, as dropout in eval mode under `inference_mode`
                continue
            if result is RAISED:
                self._operations[target].raised = True
                continue
            for each in operator.written:
                for tensor in tensors_in(kwargs.get(each) if isinstance(each, str) else args[each]):
                    self._last_writer[storage_id(tensor)] = target
            for tensor in tensors_in(result):
                self._produce(tensor, target)

    def release_tensors(self) -> None:
        """Keep no tensor any more, but where it lies in memory."""
        for identity in self._kept:
            tensor, producer, label = self._known[identity]
            if isinstance(tensor, Tensor):  # otherwise it was kept twice
                if producer >= 0:
                    self._producer_at[_memory_of(tensor)] = producer
                self._known[identity] = weakref.ref(tensor), producer, label
        self._kept.clear()

    def graph(self, calls: Sequence[ModuleCall], raised_after: Callable[[int], bool]) -> Graph:
        """Return the plain record. Its nodes and edges are made when they are first read.

        raised_after: whether the step after this one is an exception. It belongs to the operation that raised it.
        """
        operations, edges = self._operations, self._edges
        for operation in operations:
            if operation.raised and raised_after(operation.last_step):
                operation.last_step += 1
        self._known, self._kept = {}, []
        return Graph(
            LazySequence(lambda: tuple(made.node(f"n{index}", calls) for index, made in enumerate(operations))),
            LazySequence(lambda: tuple(Edge(f"n{producer}", f"n{taker}", label) for producer, taker, label in edges)),
            calls,
        )

    def _operation(self, entry: Dispatched) -> int:
        """Return the index of the node that a dispatched operation belongs to; -1 for what is not drawn."""
        operator, site, position = entry.operator, entry.site, entry.position
        if operator.allocates:
            return -1
        call = entry.frame, entry.instruction, position.progress
        if call == self._last_call:
            if operator.internal:
                return -1
            index = self._operation_of_last_call
        else:
            if operator.internal and site.builtin != operator.name:
                return -1
            index = self._add("operation", site.builtin or operator.name, position)
            if site.is_call:  # what an operator dispatches names itself, one by one
                self._last_call, self._operation_of_last_call = call, index
        operation = self._operations[index]
        operation.last_step = position.step
        operation.full_names.append(operator.full_name)
        return index

    def _add(self, kind: NodeKind, name: str, position: Position) -> int:
        self._operations.append(PendingNode(kind, name, position))
        return len(self._operations) - 1

    def _produce(self, tensor: Tensor, index: int) -> None:
        """Note that an operation made a tensor."""
        label = self._operations[index].outputs[id(tensor)] = label_of(tensor)
        self._remember(tensor, index, label)

    def _remember(self, tensor: Tensor, producer: int, label: TensorLabel | None) -> None:
        self._known[id(tensor)] = tensor, producer, label
        self._kept.append(id(tensor))

    def _producer_in_memory(self, tensor: Tensor) -> int:
        """Return the producer of what lies where this tensor lies, in the same form; -1 where there is none."""
        self.release_tensors()
        return self._producer_at.get(_memory_of(tensor), -1)

    def _withdraw(self, target: int) -> None:
        """Remove the operation that was added last, where it has dispatched nothing else."""
        if target == len(self._operations) - 1 and len(self._operations[target].full_names) == 1:
            self._operations.pop()
            self._last_call = None
            while self._edges and self._edges[-1][1] == target:
                self._edges.pop()

    def _forget(self, made: Any) -> None:
        """Note that memory is new: it may lie where a tensor lay that is gone, and nothing produced what is in it."""
        for tensor in tensors_in(made):
            if self._producer_at:
                self._producer_at.pop(_memory_of(tensor), None)
            self._last_writer.pop(storage_id(tensor), None)

    def _consume(self, tensor: Tensor, target: int) -> None:
        """Add the edge from a tensor's producer; a tensor that nothing here produced has none."""
        identity = id(tensor)
        known = self._known.get(identity)
        label = None
        if known is not None and (known[0] is tensor or _is_known(known, tensor)):
            _, producer, label = known
        else:
            producer = self._producer_in_memory(tensor)
        if self._last_writer:
            producer = max(producer, self._last_writer.get(storage_id(tensor), -1))
        if producer == target:
            return
        operation = self._operations[target]
        if identity in operation.inputs:
            return
        label = label or label_of(tensor)
        operation.inputs[identity] = label
        if producer >= 0:
            self._operations[producer].used_outputs.append(identity)
            self._edges.append((producer, target, label))
        elif known is not None and identity in self._parameter_names:
            operation.inputs[identity] = None
            operation.parameters.append((self._parameter_names[identity], label))


def _is_known(known: _Known | None, tensor: Tensor) -> bool:
    """Return whether this very tensor is known: one that is gone may have had the same id."""
    if known is None or known[0] is tensor:
        return known is not None
    return isinstance(known[0], weakref.ref) and known[0]() is tensor


def _memory_of(tensor: Tensor) -> tuple[Any, ...]:
    """Return where a tensor lies in memory, and in which form: autograd may give a view back as another object."""
    storage = storage_id(tensor)
    if storage == id(tensor):
        return (storage,)
    try:
        return (storage, tensor.storage_offset(), tuple(tensor.shape), tensor.stride())
    except RuntimeError:  # a nested tensor has neither
        return (id(tensor),)
