"""Who fed whom: nodes and edges from the log of the operations that torch dispatched.

A tensor's producer is found by its identity; a view may come back from autograd as another object, and is then found
by its place in memory.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

import torch
from torch import Tensor, nn

from explorer.capture.operations.call_site import Site
from explorer.capture.trace.tape import Position
from explorer.capture.values.summaries import dtype_name, shape_of, storage_of
from explorer.record import Edge, Graph, ModuleCall, Node, NodeKind, TensorLabel
from explorer.record.lazy import LazySequence

RAISED: Final = object()  # the result of an operation that gave none
_PLAIN = frozenset({int, float, bool, str, type(None)})


@dataclass(frozen=True, slots=True)
class Named:
    """What is known of a dispatched operation by its schema."""

    call: Callable[..., Any]  # what `OpOverload.__call__` calls
    name: str  # "add_"
    full: str  # "aten.add_.Tensor"
    written: tuple[int | str, ...]  # the arguments it writes into: positions, or names of keyword-only ones
    reshapes: bool  # whether what it writes into may have another shape afterwards
    internal: bool
    allocates: bool


# A Named, the arguments, the keyword arguments, the frame's id, its instruction, a Site, a Position, and the result or
# RAISED.
Dispatched = list[Any]


class _Operation:
    """A node while it is being made."""

    __slots__ = (
        "call", "details", "first", "hook", "kind", "last", "made", "name", "parameters", "raised", "taken", "used",
    )  # fmt: skip

    def __init__(self, kind: NodeKind, name: str, at: Position) -> None:
        step, _, self.call, self.hook = at
        self.kind, self.name, self.first, self.last = kind, name, step, step
        self.raised = False
        self.details: list[str] = []
        self.taken: dict[int, TensorLabel | None] = {}  # id of a tensor it took → its label; None for a parameter
        self.made: dict[int, TensorLabel] = {}  # id of a tensor it made → its label
        self.used: list[int] = []  # ids of the made ones that somebody else took
        self.parameters: list[tuple[str, TensorLabel]] = []


class Wiring:
    """The graph of one call while its log is read."""

    def __init__(self) -> None:
        self._operations: list[_Operation] = []
        self._edges: list[tuple[int, int, TensorLabel]] = []  # source, target, what went along
        self._constants: dict[int, str] = {}  # id of a parameter or buffer → its dotted name
        self._site: tuple[int, int, int] | None = None  # frame, instruction and turn of the last call that dispatched
        self._site_operation = -1  # the node it made
        # id of a tensor → itself, the index of its producer, its label; a lazy parameter has no shape at first
        self._by_id: dict[int, tuple[Tensor | weakref.ref[Tensor], int, TensorLabel | None]] = {}
        self._by_place: dict[tuple[Any, ...], int] = {}  # storage, offset, shape, stride → index of its producer
        self._kept: list[int] = []  # ids of those that are kept, and are not in `_by_place` yet
        self._writers: dict[int, int] = {}  # storage → index of the last operation that wrote into it

    def source(self, tensors: Iterable[Tensor]) -> None:
        """What the call is given: an input node for each tensor."""
        for tensor in tensors:
            if not _is(self._by_id.get(id(tensor)), tensor):
                index = self._add("input", "input", (0, 0, None, False))
                self._produced(tensor, index)
                self._operations[index].used.append(id(tensor))

    def constants(self, named: Iterable[tuple[str, Tensor]]) -> None:
        """Parameters and buffers: no node produces them, until an operation writes into one."""
        for name, tensor in named:
            self._keep(tensor, -1, None)
            self._constants[id(tensor)] = name

    def sink(self, tensors: Iterable[Tensor], at: Position) -> None:
        """What the call returned: an output node for each tensor."""
        for tensor in tensors:
            self._consume(tensor, self._add("output", "output", at))

    def read(self, log: Iterable[Dispatched]) -> None:
        """Go through dispatched operations in their order. Wants torch's modes off."""
        for named, args, kwargs, frame, instruction, site, at, result in log:
            target = self._operation(named, site, at, (frame, instruction, at[1]))
            if target < 0:
                if named.allocates:
                    self._forget(result)
                continue
            for value in args:
                kind = type(value)
                if kind is Tensor or kind is nn.Parameter:
                    self._consume(value, target)
                elif kind not in _PLAIN and not (kind is list and _PLAIN.issuperset(map(type, value))):
                    for tensor in tensors_in(value):
                        self._consume(tensor, target)
            if kwargs:
                for tensor in tensors_in(kwargs):
                    self._consume(tensor, target)
            if args and result is args[0] and not named.written:
                self._withdraw(target)  # it did nothing, as dropout in eval mode under `inference_mode`
                continue
            if result is RAISED:
                self._operations[target].raised = True
                continue
            for place in named.written:
                for tensor in tensors_in(kwargs.get(place) if isinstance(place, str) else args[place]):
                    self._writers[storage_of(tensor)] = target
            for tensor in tensors_in(result):
                self._produced(tensor, target)

    def let_go(self) -> None:
        """Keep no tensor, but where it lies."""
        for identity in self._kept:
            tensor, index, label = self._by_id[identity]
            if isinstance(tensor, Tensor):  # else it was kept twice
                if index >= 0:
                    self._by_place[_place(tensor)] = index
                self._by_id[identity] = weakref.ref(tensor), index, label
        self._kept.clear()

    def graph(self, calls: Sequence[ModuleCall], raised_after: Callable[[int], bool]) -> Graph:
        """The plain record. Its nodes and edges are made when they are first read.

        raised_after: whether the step after this one is an exception. It belongs to the operation that raised it.
        """
        operations, links = self._operations, self._edges
        for operation in operations:
            if operation.raised and raised_after(operation.last):
                operation.last += 1
        self._by_id, self._kept = {}, []
        return Graph(
            LazySequence(lambda: tuple(_node(f"n{place}", made, calls) for place, made in enumerate(operations))),
            LazySequence(lambda: tuple(Edge(f"n{source}", f"n{target}", label) for source, target, label in links)),
            calls,
        )

    def _operation(self, named: Named, site: Site, at: Position, place: tuple[int, int, int]) -> int:
        """The node that a dispatched operation belongs to; -1 for what is not drawn."""
        if named.allocates:
            return -1
        calls, builtin = site
        if place == self._site:
            if named.internal:
                return -1
            index = self._site_operation
        else:
            if named.internal and builtin != named.name:
                return -1
            index = self._add("operation", builtin or named.name, at)
            if calls:  # what an operator dispatches names itself, one by one
                self._site, self._site_operation = place, index
        operation = self._operations[index]
        operation.last = at[0]
        operation.details.append(named.full)
        return index

    def _add(self, kind: NodeKind, name: str, at: Position) -> int:
        self._operations.append(_Operation(kind, name, at))
        return len(self._operations) - 1

    def _produced(self, tensor: Tensor, index: int) -> None:
        label = self._operations[index].made[id(tensor)] = _label(tensor)
        self._keep(tensor, index, label)

    def _keep(self, tensor: Tensor, producer: int, label: TensorLabel | None) -> None:
        self._by_id[id(tensor)] = tensor, producer, label
        self._kept.append(id(tensor))

    def _producer_in_memory(self, tensor: Tensor) -> int:
        """The producer of what lies where this tensor lies, in the same form; -1 where there is none."""
        self.let_go()
        return self._by_place.get(_place(tensor), -1)

    def _withdraw(self, target: int) -> None:
        """Undraw an operation of which nothing else has been seen."""
        if target == len(self._operations) - 1 and len(self._operations[target].details) == 1:
            self._operations.pop()
            self._site = None
            while self._edges and self._edges[-1][1] == target:
                self._edges.pop()

    def _forget(self, made: Any) -> None:
        """New memory may lie where a tensor lay that is gone: nothing produced what is in it now."""
        for tensor in tensors_in(made):
            if self._by_place:
                self._by_place.pop(_place(tensor), None)
            self._writers.pop(storage_of(tensor), None)

    def _consume(self, tensor: Tensor, target: int) -> None:
        """Draw the edge from a tensor's producer; a tensor that nothing here produced has none."""
        identity = id(tensor)
        kept = self._by_id.get(identity)
        label = None
        if kept is not None and (kept[0] is tensor or _is(kept, tensor)):
            _, source, label = kept
        else:
            source = self._producer_in_memory(tensor)
        if self._writers:
            source = max(source, self._writers.get(storage_of(tensor), -1))
        if source == target:
            return
        operation = self._operations[target]
        if identity in operation.taken:
            return
        label = label or _label(tensor)
        operation.taken[identity] = label
        if source >= 0:
            self._operations[source].used.append(identity)
            self._edges.append((source, target, label))
        elif kept is not None and identity in self._constants:
            operation.taken[identity] = None
            operation.parameters.append((self._constants[identity], label))


def _is(kept: tuple[Tensor | weakref.ref[Tensor], int, TensorLabel | None] | None, tensor: Tensor) -> bool:
    """Whether it is this tensor that is known, and not one whose id it has now."""
    if kept is None or kept[0] is tensor:
        return kept is not None
    return isinstance(kept[0], weakref.ref) and kept[0]() is tensor


def _node(name: str, made: _Operation, calls: Sequence[ModuleCall]) -> Node:
    call = calls[made.call.index] if made.call is not None else None
    used = frozenset(made.used)
    outputs = [label for place, label in made.made.items() if place in used] or list(made.made.values())[-1:]
    return Node(
        name,
        made.kind,
        made.name,
        call.module if call else "",
        call.module_class if call else "",
        call.index if call else None,
        tuple(label for label in made.taken.values() if label is not None),
        tuple(outputs),
        tuple(made.details),
        (made.first, made.last),
        made.hook,
        tuple(made.parameters),
        made.raised,
    )


def tensors_in(value: Any) -> list[Tensor]:
    """The tensors in nested tuples, lists and dicts, in order."""
    if type(value) is Tensor:  # what most operations give
        return [value]
    found: list[Tensor] = []
    _gather((value,), found)
    return found


def _gather(values: Iterable[Any], found: list[Tensor]) -> None:
    for value in values:
        kind = type(value)
        if kind is Tensor or kind is nn.Parameter:
            found.append(value)
        elif kind in _PLAIN:
            continue
        elif isinstance(value, (tuple, list)):  # a union would be built anew each time
            _gather(value, found)
        elif isinstance(value, dict):
            _gather(value.values(), found)
        elif isinstance(value, Tensor):
            found.append(value)


def _label(tensor: Tensor) -> TensorLabel:
    return _labelled(shape_of(tensor), tensor.dtype)


@lru_cache(maxsize=4096)
def _labelled(shape: tuple[int, ...], dtype: torch.dtype) -> TensorLabel:
    return TensorLabel(shape, dtype_name(dtype))


def _place(tensor: Tensor) -> tuple[Any, ...]:
    """A tensor's place in memory: views come back from autograd as other objects with the same one."""
    storage = storage_of(tensor)
    if storage == id(tensor):
        return (storage,)
    try:
        return (storage, tensor.storage_offset(), tuple(tensor.shape), tensor.stride())
    except RuntimeError:  # a nested tensor has neither
        return (id(tensor),)
