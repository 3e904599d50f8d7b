"""Which operations ran and who fed whom, recorded beside the trace without touching the call path.

A dispatch mode around the call sees the operations that torch dispatches, with their tensors. A dispatched
operation belongs to the builtin that the Python frame which reached torch is calling (`call_site`); where it is
calling none, an operator (`y += x`) did, and the operation names itself.
"""

from __future__ import annotations

import sys
import weakref
from collections.abc import Iterable
from functools import lru_cache
from types import FrameType
from typing import Any, NamedTuple, Protocol

import torch
from torch import Tensor, nn
from torch._ops import OpOverload
from torch.utils._python_dispatch import TorchDispatchMode

from explorer.callpath.snapshots import Snapshots
from explorer.callpath.values import dtype_name, storage_of
from explorer.graph.call_site import CallSites
from explorer.late import Late
from explorer.record import Edge, Graph, ModuleCall, Node, NodeKind, TensorLabel

# Dispatched by autograd and by allocation on their own account, not asked for by the model.
_PLAIN = frozenset({int, float, bool, str, type(None)})
_INTERNAL = ("detach", "alias")
_ALLOCATION = ("empty", "empty_like", "empty_strided", "new_empty", "new_empty_strided")


class Position(Protocol):
    """Where the recorder is: what an operation is attributed to."""

    dispatched: int
    hooks_running: int
    values: Snapshots

    def step(self) -> int: ...

    def current_call(self) -> int | None: ...

    def moment(self) -> int: ...


class _Operation:
    """A node while it is being made."""

    __slots__ = (
        "call", "details", "first", "hook", "inputs", "kind", "last", "made", "name", "parameters", "taken", "used",
    )  # fmt: skip

    def __init__(self, kind: NodeKind, name: str, call: int | None, step: int, hook: bool) -> None:
        self.kind, self.name, self.call, self.hook = kind, name, call, hook
        self.first = self.last = step
        self.details: list[str] = []
        self.inputs: list[TensorLabel] = []
        self.made: dict[int, TensorLabel] = {}  # id of a tensor it made → its label
        self.used: set[int] = set()  # ids of the made ones that somebody else took
        self.taken: set[int] = set()  # ids of the tensors it took
        self.parameters: list[tuple[str, TensorLabel]] = []


class Capture(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Records the operations of one call on this thread. Use once, around the traced call."""

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        return False  # otherwise torch wraps the method below and imports its compiler to do so

    def __init__(self, position: Position) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._position = position
        self._operations: list[_Operation] = []
        self._edges: list[tuple[int, int, TensorLabel]] = []  # source, target, what went along
        self._constants: dict[int, str] = {}  # id of a parameter or buffer → its dotted name
        self._sites = CallSites()
        self._site: tuple[int, int, int] | None = None  # frame, instruction and moment of the last call that dispatched
        self._site_operation: int | None = None  # the node it made
        self._by_id: dict[int, tuple[weakref.ref[Tensor], int]] = {}  # tensor → index of its producer
        self._by_place: dict[tuple[Any, ...], int] = {}  # storage, offset, shape, stride → index of its producer
        self._writers: dict[int, int] = {}  # storage → index of the last operation that wrote into it

    def source(self, value: Any) -> None:
        """Say what the call is given: one input node for each tensor."""
        for tensor in tensors_in(value):
            kept = self._by_id.get(id(tensor))
            if kept is None or kept[0]() is not tensor:
                index = self._add("input", "input", 0)
                self._produced(tensor, index)
                self._operations[index].used.add(id(tensor))

    def constants(self, named: Iterable[tuple[str, Tensor]]) -> None:
        """Parameters and buffers: no node produces them, until an operation writes into one."""
        for name, tensor in named:
            self._by_id[id(tensor)] = (weakref.ref(tensor), -1)
            self._constants[id(tensor)] = name

    def sink(self, value: Any) -> None:
        """Say what the call returned: one output node for each tensor."""
        for tensor in tensors_in(value):
            self._consume(tensor, self._add("output", "output", self._position.step()))

    def __torch_dispatch__(
        self, func: OpOverload, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        kwargs = kwargs or {}
        self._position.dispatched += 1
        named = _named(func)
        target = self._operation(named, sys._getframe(1))
        if target is None:
            result = func(*args, **kwargs)
            if named.allocates:
                self._forget(result)
            return result
        with torch._C.DisableTorchFunction():  # a function mode of the caller's must not see what we read
            for tensor in tensors_in(args):
                self._consume(tensor, target)
            if kwargs:
                for tensor in tensors_in(kwargs):
                    self._consume(tensor, target)
        result = func(*args, **kwargs)
        if args and result is args[0] and not named.written:
            self._withdraw(target)  # it did nothing, as dropout in eval mode under `inference_mode`
            return result
        with torch._C.DisableTorchFunction():
            mutations = self._position.values.mutations
            for place in named.written:
                for tensor in tensors_in(kwargs.get(place) if isinstance(place, str) else args[place]):
                    storage = storage_of(tensor)
                    self._writers[storage] = target
                    mutations[storage] = mutations.get(storage, 0) + 1
            for tensor in tensors_in(result):
                self._produced(tensor, target)
        return result

    def _operation(self, named: _Named, frame: FrameType) -> int | None:
        """The node that a dispatched operation belongs to; None for what is not drawn."""
        if named.allocates:
            return None
        site = (id(frame), frame.f_lasti, self._position.moment())
        step = self._position.step()
        if site == self._site:
            if named.internal:
                return None
            index = self._site_operation
        else:
            calls, builtin = self._sites.at(frame)
            if named.internal and builtin != named.name:
                return None
            index = self._add("operation", builtin or named.name, step)
            if calls:  # what an operator dispatches names itself, one by one
                self._site, self._site_operation = site, index
        assert index is not None
        operation = self._operations[index]
        operation.last = step
        operation.details.append(named.full)
        return index

    def _add(self, kind: NodeKind, name: str, step: int) -> int:
        position = self._position
        self._operations.append(_Operation(kind, name, position.current_call(), step, position.hooks_running > 0))
        return len(self._operations) - 1

    def _produced(self, tensor: Tensor, index: int) -> None:
        self._by_id[id(tensor)] = (weakref.ref(tensor), index)
        self._by_place[_place(tensor)] = index
        self._operations[index].made[id(tensor)] = _label(tensor)

    def _withdraw(self, target: int) -> None:
        """Undraw an operation of which nothing else has been seen."""
        if target == len(self._operations) - 1 and len(self._operations[target].details) == 1:
            self._operations.pop()
            self._site = None
            while self._edges and self._edges[-1][1] == target:
                self._edges.pop()

    def _forget(self, made: Any) -> None:
        """New memory may lie where a tensor lay that is gone: nothing produced what is in it now."""
        with torch._C.DisableTorchFunction():
            for tensor in tensors_in(made):
                self._by_place.pop(_place(tensor), None)
                self._writers.pop(storage_of(tensor), None)

    def _consume(self, tensor: Tensor, target: int) -> None:
        """Draw the edge from a tensor's producer; a tensor that nothing here produced has none."""
        kept = self._by_id.get(id(tensor))
        known = kept is not None and kept[0]() is tensor
        source = kept[1] if known and kept is not None else self._by_place.get(_place(tensor), -1)
        if self._writers:
            source = max(source, self._writers.get(storage_of(tensor), -1))
        if source == target:
            return
        operation = self._operations[target]
        if id(tensor) in operation.taken:
            return
        label = _label(tensor)
        operation.taken.add(id(tensor))
        if source >= 0:
            self._operations[source].used.add(id(tensor))
            self._edges.append((source, target, label))
        elif kept is not None and id(tensor) in self._constants:
            operation.parameters.append((self._constants[id(tensor)], label))
            return
        operation.inputs.append(label)

    def finish(self, calls: tuple[ModuleCall, ...]) -> Graph:
        """The plain record. Its nodes and edges are made when they are first read."""
        operations, links = self._operations, self._edges
        return Graph(
            Late(lambda: tuple(_node(f"n{place}", made, calls) for place, made in enumerate(operations))),
            Late(lambda: tuple(Edge(f"n{source}", f"n{target}", label) for source, target, label in links)),
            calls,
        )


def _node(name: str, made: _Operation, calls: tuple[ModuleCall, ...]) -> Node:
    call = calls[made.call] if made.call is not None else None
    outputs = [label for place, label in made.made.items() if place in made.used] or list(made.made.values())[-1:]
    return Node(
        name,
        made.kind,
        made.name,
        call.module if call else "",
        call.module_class if call else "",
        made.call,
        tuple(made.inputs),
        tuple(outputs),
        tuple(made.details),
        (made.first, made.last),
        made.hook,
        tuple(made.parameters),
    )


def tensors_in(value: Any) -> list[Tensor]:
    """The tensors in nested tuples, lists and dicts, in order."""
    found: list[Tensor] = []
    _gather(value, found)
    return found


def _gather(value: Any, found: list[Tensor]) -> None:
    kind = type(value)
    if kind is Tensor or kind is nn.Parameter or isinstance(value, Tensor):
        found.append(value)
    elif kind in _PLAIN:
        return
    elif isinstance(value, (tuple, list)):  # a union would be built anew each time
        for inner in value:
            _gather(inner, found)
    elif isinstance(value, dict):
        for inner in value.values():
            _gather(inner, found)


class _Named(NamedTuple):
    """What is known of a dispatched operation by its schema."""

    name: str  # "add_"
    full: str  # "aten.add_.Tensor"
    written: tuple[int | str, ...]  # the arguments it writes into: positions, or names of keyword-only ones
    internal: bool
    allocates: bool


@lru_cache(maxsize=4096)
def _named(func: OpOverload) -> _Named:
    name = func._schema.name.partition("::")[2]
    written = tuple(
        argument.name if argument.kwarg_only else place
        for place, argument in enumerate(func._schema.arguments)
        if argument.alias_info is not None and argument.alias_info.is_write
    )
    return _Named(name, str(func), written, name in _INTERNAL, name in _ALLOCATION)


def _label(tensor: Tensor) -> TensorLabel:
    return TensorLabel(tuple(tensor.shape), dtype_name(tensor.dtype))


def _place(tensor: Tensor) -> tuple[Any, ...]:
    """A tensor's place in memory: views come back from autograd as other objects with the same one."""
    storage = storage_of(tensor)
    if storage == id(tensor):
        return (storage,)
    return (storage, tensor.storage_offset(), tuple(tensor.shape), tensor.stride())
