"""Which operations ran, recorded beside the trace without touching the call path.

A dispatch mode around the call sees the operations that torch dispatches, with their tensors. While the call runs,
only a log of them is written, and the tensors are kept; `wiring` makes nodes and edges of it. A dispatched operation
belongs to the builtin that the Python frame which reached torch is calling (`call_site`); where it is calling none,
an operator (`y += x`) did, and the operation names itself.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from sys import gettrace, settrace  # as they are now: a model may put others in their place
from types import CodeType, FrameType, TracebackType
from typing import Any

import torch
from torch import Tensor, nn
from torch._ops import HigherOrderOperator, OpOverload
from torch.utils._python_dispatch import TorchDispatchMode

from explorer.capture.operations.call_site import NO_CALL, CallSite, CallSites
from explorer.capture.operations.dispatched import Dispatched, Operator, operator_of
from explorer.capture.operations.held_tensors import tensors_held_by
from explorer.capture.operations.line_marks import LineMarks
from explorer.capture.operations.nested_tensors import tensors_in
from explorer.capture.operations.raised_call import raised_call
from explorer.capture.operations.singular_values import arguments_without_modes
from explorer.capture.operations.wiring import LogEntry, Wiring
from explorer.capture.random_draws import generator_states
from explorer.capture.trace.recursion import LADDER_FOR_OPERATION, give_back, make_room
from explorer.capture.trace.running_call import RunningCall
from explorer.capture.trace.tape import NOWHERE, CallPlace
from explorer.record import Graph, ModuleCall
from explorer.runtime.torch_private import without_torch_modes
from explorer.runtime.torch_private.modes import modes_at_work
from explorer.runtime.torch_private.operators import makes_gradients

KEPT_BYTES = 1 << 25  # of results, until the log is read: a large model's tensors must not all wait for the end


class DispatchLog(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Records the operations of one call on this thread. Use once, around the traced call."""

    supports_higher_order_operators = True  # `torch.cond` and its like: otherwise torch refuses to run them

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        return False  # otherwise torch wraps the method below and imports its compiler to do so

    @classmethod
    def ignore_compile_internals(cls) -> bool:
        return True  # otherwise no compiled code is used while the mode is active, nor made

    def __init__(self, running: RunningCall) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._running, self._watched_buffers = running, running.watched_buffers
        self._sites = CallSites()
        self._fixed_sites = self._sites.fixed
        self._operators: dict[int, Operator] = {}  # by the operator's id, as its own hash is a function in Python
        self._wiring = Wiring()
        self._last_place: CallPlace = NOWHERE  # when torch was reached last
        self._last_site = NO_CALL
        self._log: list[LogEntry] = []
        self._marks = LineMarks(running)
        self._exception: BaseException | None = None  # the last one that was seen
        running.on_exception, running.on_move = self._see_exception, self._see_moves
        self._kept_bytes = 0  # of results in the log

    def add_inputs(self, value: Any) -> None:
        """Add an input node for each tensor that the call is given."""
        self._wiring.add_inputs(tensors_held_by(value))

    def add_parameters_and_buffers(self, named: Iterable[tuple[str, Tensor]]) -> None:
        """Make parameters and buffers known: no node produces them, until an operation writes into one."""
        self._wiring.add_parameters_and_buffers(named)

    def add_outputs(self, value: Any) -> None:
        """Add an output node for each tensor that the call returned."""
        self._read_log()
        with without_torch_modes():
            self._wiring.add_outputs(tensors_held_by(value), self._running.position())

    def graph(self, calls: Sequence[ModuleCall]) -> Graph:
        """Return the plain record."""
        self._read_log()
        return self._wiring.record(calls, self._running.raises_after)

    def __torch_dispatch__(
        self, func: OpOverload, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        # Of what follows, only the operation itself belongs to the call: the rest is not traced, which is faster too.
        tracer = gettrace()
        settrace(None)
        limit = 0
        try:
            isinstance(None, LADDER_FOR_OPERATION)
        except RecursionError:
            limit = make_room()
        gaps = self._running.gaps
        if (tracer is not gaps.tracer or gaps.is_open) and gaps.tracer is not None:
            tracer = gaps.at_operation(tracer, sys._getframe(1))
        operator = self._operators.get(id(func)) or self._operator(func)
        kwargs = kwargs or {}
        frame = sys._getframe(1)
        site = self._site(frame) if tracer is not None else NO_CALL  # without a trace function no turn is seen
        if operator.internal and site.name != operator.name:  # autograd called it
            if limit:
                give_back(limit)
            settrace(tracer)
            result = operator.call(*args, **kwargs)
            if not makes_gradients(frame.f_code):
                self._log.append((args[0], result))
            return result
        if operator.written:
            self._before_write(operator, args, kwargs)
        running = self._running
        entry = Dispatched(operator, args, kwargs, self._last_place, site, running.position())
        self._log.append(entry)
        if operator.asks_for_vectors:
            args, kwargs = arguments_without_modes(operator.full_name, site.name, args, kwargs)
        states = generator_states((*args, *kwargs.values())) if operator.may_draw else None
        if limit:
            give_back(limit)
        settrace(tracer)
        result = entry.result = operator.call(*args, **kwargs)
        tracer = gettrace()  # an operation that is written in Python may have put another in place
        settrace(None)
        if limit:
            limit = make_room()
        if states is not None:
            entry.drew = states != generator_states((*args, *kwargs.values()))
        watched = self._watched_buffers
        if watched and not watched.isdisjoint(map(id, args)):
            for argument in args:
                if id(argument) in watched:
                    running.values.after_use(argument)
        if makes_gradients(frame.f_code):  # autograd takes a gradient over as it is only where nothing else keeps it
            self._release_tensors()
        elif type(result) is Tensor:
            try:
                self._kept_bytes += result.nbytes
            except RuntimeError:  # what is sparse does not say how large it is
                self._kept_bytes += result._values().nbytes if result.layout is torch.sparse_coo else 0
            if self._kept_bytes > KEPT_BYTES:
                self._release_tensors()
        if limit:
            give_back(limit)
        settrace(tracer)
        return result

    def _site(self, frame: FrameType) -> CallSite:
        """Return what the frame that reached torch stands at, and let Python tell from now on what the frame does."""
        instruction, running = frame.f_lasti, self._running
        identity = id(frame)
        place = identity, instruction, running.turn_of(identity)
        if place == self._last_place:  # a further operation of the same call
            return self._last_site
        site = self._fixed_sites.get((id(frame.f_code), instruction)) or self._sites.at(frame)
        if frame.f_trace is None:
            frame.f_trace = self._marks.trace
        self._last_place, self._last_site = place, site
        return site

    def _see_exception(self, exception: BaseException, traceback: TracebackType | None) -> None:
        """Write to the log which call raised an exception, once."""
        if exception is not self._exception and traceback is not None:
            self._exception = exception
            raised = raised_call(traceback, self._running, _DISPATCH)
            if raised is not None:
                self._log.append(raised)

    def _see_moves(self, tensors: list[Tensor] | None, ended: bool) -> None:
        """See where tensors lie that a line of Python may give other memory: it is about to, or it has ended."""
        self._read_log()
        with without_torch_modes():
            self._wiring.see_moves(tensors, ended=ended)
            for tensor in () if ended or tensors is None else tensors:
                self._running.values.let_go(tensor)

    def _operator(self, func: OpOverload | HigherOrderOperator) -> Operator:
        operator = self._operators[id(func)] = operator_of(func)
        return operator

    def _before_write(self, operator: Operator, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        """Read the tensors that an operation is about to write into."""
        if modes_at_work():  # of the caller's: ours is off in here
            with without_torch_modes():
                self._read_written(operator, args, kwargs)
        else:
            self._read_written(operator, args, kwargs)

    def _read_written(self, operator: Operator, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        if operator.reshapes:
            self._release_tensors()
        values = self._running.values
        for each in operator.written:
            target = kwargs.get(each) if isinstance(each, str) else args[each] if each < len(args) else None
            for tensor in (target,) if type(target) is Tensor else tensors_in(target):
                if type(tensor) is Tensor or type(tensor) is nn.Parameter:
                    values.before_write(tensor)
                else:  # a class of the caller's must not see what is read either
                    with without_torch_modes():
                        values.before_write(tensor)

    def _read_log(self) -> None:
        """Make nodes and edges of what is in the log, and empty it."""
        log, self._log, self._kept_bytes = self._log, [], 0
        self._exception = None
        with without_torch_modes():
            self._wiring.read_log(log)

    def _release_tensors(self) -> None:
        """Read what there is while the call goes on, and keep no tensor of it."""
        self._read_log()
        with without_torch_modes():
            self._wiring.release_tensors()
        self._running.values.read_waiting()


_DISPATCH: CodeType = DispatchLog.__torch_dispatch__.__code__
