"""Choose the dispatch log for an entry mode, and keep torch's compiler away from the functions that record a run."""

from __future__ import annotations

import sys
from typing import Any

from torch import Tensor
from torch._ops import OpOverload

from explorer.capture import random_draws
from explorer.capture.operations import dispatch_log, dispatched
from explorer.capture.operations.call_site import NO_CALL
from explorer.capture.operations.dispatch_log import DispatchLog
from explorer.capture.operations.dispatched import Dispatched
from explorer.capture.operations.nested_tensors import tensors_in
from explorer.capture.random_draws import generator_states
from explorer.capture.trace import frame_changes, frame_tracer, gaps, near_limit, recorder, recursion, running_call
from explorer.capture.trace.beside import given_warnings, other_threads, watched_functions
from explorer.capture.trace.running_call import RunningCall
from explorer.capture.trace.special_frames import compiler_frames, dispatch_mode_loop, getattr_frames, settrace_frames
from explorer.runtime.call_modes import EntryMode
from explorer.runtime.entry_modes import exclude_from_compilation
from explorer.runtime.torch_private.tracing import CAN_UNTRACE, traced, untraced


def log_for(entry_mode: EntryMode, running: RunningCall) -> DispatchLog:
    """Return the log for a call in this entry mode."""
    if entry_mode != "jit.trace":
        return DispatchLog(running)
    return _LogWhileTracing(running) if CAN_UNTRACE else _EmptyLog(running)


class _LogWhileTracing(DispatchLog):  # type: ignore[no-untyped-call]
    """A log inside `torch.jit.trace`: the operation becomes a part of the script, what the log reads does not."""

    def __init__(self, running: RunningCall) -> None:
        super().__init__(running)
        # A size is a tensor here; while it is kept, no other tensor gets its memory.
        self._sizes: list[Tensor] = []

    def __torch_dispatch__(
        self, func: OpOverload, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        frame, kwargs, operator = sys._getframe(1), kwargs or {}, self._operator(func)
        with untraced() as state:
            if operator.written:
                self._before_write(operator, args, kwargs)
            site = self._site(frame) if sys.gettrace() is not None else NO_CALL
            entry = Dispatched(operator, args, kwargs, self._last_place, site, self._running.position())
            self._log.append(entry)
            states = generator_states((*args, *kwargs.values())) if operator.may_draw else None
            with traced(state):
                result = entry.result = func(*args, **kwargs)
            if states is not None:
                entry.drew = states != generator_states((*args, *kwargs.values()))
            self._sizes += [tensor for tensor in tensors_in((args, result)) if not tensor.dim()]
            for argument in args:
                if id(argument) in self._watched_buffers:
                    self._running.values.after_use(argument)
        return result


class _EmptyLog(DispatchLog):  # type: ignore[no-untyped-call]
    """A log that records no operation, for a torch whose tracer cannot be taken off."""

    def __enter__(self) -> _EmptyLog:
        return self

    def __exit__(self, *raised: object) -> None:
        pass


# Some of what these define runs inside the call.
exclude_from_compilation(
    recorder,
    running_call,
    compiler_frames,
    frame_tracer,
    frame_changes,
    getattr_frames,
    dispatch_mode_loop,
    gaps,
    given_warnings,
    near_limit,
    other_threads,
    recursion,
    settrace_frames,
    watched_functions,
    dispatch_log,
    dispatched,
    random_draws,
    _LogWhileTracing,
)
