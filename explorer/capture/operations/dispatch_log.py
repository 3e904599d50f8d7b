"""Which operations ran, recorded beside the trace without touching the call path.

A dispatch mode around the call sees the operations that torch dispatches, with their tensors. While the call runs,
only a log of them is written, and the tensors are kept; `wiring` makes nodes and edges of it. A dispatched operation
belongs to the builtin that the Python frame which reached torch is calling (`call_site`); where it is calling none,
an operator (`y += x`) did, and the operation names itself.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence, Sized
from functools import lru_cache
from typing import Any, Protocol

import torch
from torch import Tensor, nn
from torch._ops import HigherOrderOperator, OpOverload
from torch.utils._python_dispatch import TorchDispatchMode

from explorer.capture.operations.call_site import CallSites
from explorer.capture.operations.wiring import RAISED, Dispatched, Named, Wiring, tensors_in
from explorer.capture.trace.tape import Call, Position
from explorer.capture.values.snapshots import Snapshots
from explorer.record import Graph, ModuleCall
from explorer.runtime.torch_private import without_torch_modes
from explorer.runtime.torch_private.modes import modes_at_work

KEPT_BYTES = 1 << 25  # of results, until the log is read: a large model's tensors must not all wait for the end
# Dispatched by autograd and by allocation on their own account, not asked for by the model.
_INTERNAL = ("detach", "alias")
_ALLOCATION = ("empty", "empty_like", "empty_strided", "new_empty", "new_empty_strided")


class Running(Protocol):
    """A traced frame that is running."""

    @property
    def call(self) -> Call | None: ...


class CallPath(Protocol):
    """Where the recorder is: what an operation is attributed to."""

    values: Snapshots
    watched: frozenset[int]  # ids of the buffers that an operation may write into without saying so
    turns: int
    hooks_running: int

    @property
    def tape(self) -> Sized: ...

    @property
    def stack(self) -> Sequence[Running]: ...

    def position(self) -> Position: ...

    def raised_after(self, step: int) -> bool: ...


class Capture(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Records the operations of one call on this thread. Use once, around the traced call."""

    supports_higher_order_operators = True  # `torch.cond` and its like: else torch refuses to run them

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        return False  # otherwise torch wraps the method below and imports its compiler to do so

    @classmethod
    def ignore_compile_internals(cls) -> bool:
        return True  # otherwise no compiled code is used while the mode is active, nor made

    def __init__(self, path: CallPath) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._path, self._watched = path, path.watched
        self._sites = CallSites()
        self._settled_sites = self._sites.settled
        self._named: dict[int, Named] = {}  # id of an operation, whose own hash is a function in Python
        self._wiring = Wiring()
        self._log: list[Dispatched] = []
        self._kept = 0  # bytes of results in the log

    def source(self, value: Any) -> None:
        """Say what the call is given: one input node for each tensor."""
        self._wiring.source(tensors_in(value))

    def constants(self, named: Iterable[tuple[str, Tensor]]) -> None:
        """Parameters and buffers: no node produces them, until an operation writes into one."""
        self._wiring.constants(named)

    def sink(self, value: Any) -> None:
        """Say what the call returned: one output node for each tensor."""
        self._settle()
        with without_torch_modes():
            self._wiring.sink(tensors_in(value), self._path.position())

    def __torch_dispatch__(
        self, func: OpOverload, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        # Nothing of what follows but the operation itself is the call's: it is no event of the trace, and runs faster.
        tracer = sys.gettrace()
        sys.settrace(None)
        named = self._named.get(id(func)) or self._name(func)
        kwargs = kwargs or {}
        frame = sys._getframe(1)
        site = self._settled_sites.get((id(frame.f_code), frame.f_lasti)) or self._sites.at(frame)
        if named.internal and site[1] != named.name:  # autograd's own: the log would tell nothing
            sys.settrace(tracer)
            return named.call(*args, **kwargs)
        if named.written:
            self._before_write(named, args, kwargs)
        path = self._path
        tape, stack = path.tape, path.stack
        at = (len(tape) - 1, len(tape) + path.turns, stack[-1].call if stack else None, path.hooks_running > 0)
        entry: Dispatched = [named, args, kwargs, id(frame), frame.f_lasti, site, at, RAISED]
        self._log.append(entry)
        sys.settrace(tracer)
        result = entry[7] = named.call(*args, **kwargs)
        tracer = sys.gettrace()  # an operation that is written in Python may have put another in place
        sys.settrace(None)
        watched = self._watched
        if watched and not watched.isdisjoint(map(id, args)):
            for argument in args:
                if id(argument) in watched:
                    path.values.after_use(argument)
        if type(result) is Tensor:
            try:
                self._kept += result.nbytes
            except RuntimeError:  # what is sparse does not say how large it is
                self._kept += result._values().nbytes if result.layout is torch.sparse_coo else 0
            if self._kept > KEPT_BYTES:
                self._let_go()
        sys.settrace(tracer)
        return result

    def finish(self, calls: Sequence[ModuleCall]) -> Graph:
        """The plain record."""
        self._settle()
        return self._wiring.graph(calls, self._path.raised_after)

    def _before_write(self, named: Named, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        """What an operation overwrites is read first."""
        if modes_at_work():  # of the caller's: ours is off in here
            with without_torch_modes():
                self._read_written(named, args, kwargs)
        else:
            self._read_written(named, args, kwargs)

    def _read_written(self, named: Named, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        if named.reshapes:
            self._let_go()
        for place in named.written:
            target = kwargs.get(place) if isinstance(place, str) else args[place] if place < len(args) else None
            for tensor in (target,) if type(target) is Tensor else tensors_in(target):
                if type(tensor) is Tensor or type(tensor) is nn.Parameter:
                    self._path.values.before_write(tensor)
                else:  # a class of the caller's must not see what we read either
                    with without_torch_modes():
                        self._path.values.before_write(tensor)

    def _name(self, func: OpOverload) -> Named:
        named = self._named[id(func)] = named_by_schema(func)
        return named

    def _settle(self) -> None:
        """Read the log."""
        log, self._log, self._kept = self._log, [], 0
        with without_torch_modes():
            self._wiring.read(log)

    def _let_go(self) -> None:
        """Read what there is while the call goes on, and keep no tensor of it."""
        self._settle()
        with without_torch_modes():
            self._wiring.let_go()
        self._path.values.settle()


@lru_cache(maxsize=4096)
def named_by_schema(func: OpOverload | HigherOrderOperator) -> Named:
    """What an operation's schema says. A higher-order operator has none."""
    if isinstance(func, HigherOrderOperator):
        name = str(func)
        return Named(func, name, name, (), False, False, False)
    library, _, name = func._schema.name.partition("::")
    written = tuple(
        argument.name if argument.kwarg_only else place
        for place, argument in enumerate(func._schema.arguments)
        if argument.alias_info is not None and argument.alias_info.is_write
    )
    undrawn = name in _ALLOCATION or library == "profiler"  # a mark of `record_function` computes nothing
    # An `out=` tensor may be resized, and `t_` and its like turn the tensor itself.
    reshapes = torch.Tag.inplace_view in func.tags or any(isinstance(place, str) for place in written)
    return Named(func._op, name, str(func), written, reshapes, name in _INTERNAL, undrawn)
