"""A call of a model from inside `torch.jit.trace`.

`torch.jit.trace` walks over the model's parts, calls the model, and makes a script of the operations that it saw. Its
result is that script; what is recorded is the call in the middle, and what that returned.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from types import FrameType, FunctionType
from typing import Any

import torch

from explorer.runtime.call_modes import CallStyle
from explorer.runtime.entry_modes.uncompiled import exclude_from_compilation
from explorer.runtime.torch_private.tracing import untraced

Tracer = Callable[[FrameType, str, Any], Any]


def traced_call(
    model: Any,
    style: CallStyle,
    args: tuple[Any, ...],
    kwargs: Mapping[str, Any],
    tracer: Tracer | None = None,
) -> Any:
    """Call `torch.jit.trace(model, args)`, or of `model.forward`; return what the model returned while it was traced.

    tracer: a trace function for the call of the model alone, not for what `torch.jit` does before and after it.

    Raises what `torch.jit.trace` raises, before the call, in it, or after it.
    """
    called = model if style == "call" else model.forward
    watch = _CallInsideTrace(model, called, tracer)
    given: dict[str, Any] = {"example_kwarg_inputs": dict(kwargs)} if kwargs else {"example_inputs": args}
    before = sys.gettrace()
    sys.settrace(watch.trace)
    try:
        torch.jit.trace(called, check_trace=False, **given)  # type: ignore[no-untyped-call]
    finally:
        sys.settrace(before)
    return watch.returned


class _CallInsideTrace:
    """A trace function that waits for the call of the model, traces that call alone, and keeps what it returns."""

    def __init__(self, model: Any, called: Any, tracer: Tracer | None) -> None:
        """called: what `torch.jit.trace` is given. A plain function it calls itself, for anything else the model."""
        self.returned: Any = None
        self._tracer = tracer
        plain = isinstance(called, FunctionType)
        self._model = None if plain else model
        self._code = called.__code__ if plain else getattr(type(model).__call__, "__code__", None)
        self._is_running = self._is_over = False

    def trace(self, frame: FrameType, event: str, argument: Any) -> Any:
        """Trace a frame that begins, as the global trace function."""
        if self._is_running:
            return self._call_untraced(self._tracer, frame, event, argument)
        if self._is_over or frame.f_code is not self._code:
            return None
        if self._model is not None and frame.f_locals.get("self") is not self._model:
            return None
        self._is_running = True
        local = self._call_untraced(self._tracer, frame, event, argument)

        def outermost(frame: FrameType, event: str, argument: Any) -> Any:
            if local is not None:
                local(frame, event, argument)
            if event == "return":
                self.returned = argument
                self._is_running, self._is_over = False, True
            return outermost

        return outermost

    def _call_untraced(self, tracer: Tracer | None, frame: FrameType, event: str, argument: Any) -> Tracer | None:
        """Call a trace function while nothing is traced by torch; return the one to be called next."""
        if tracer is None:
            return None
        with untraced():
            following = tracer(frame, event, argument)
        if following is None:
            return None
        return lambda frame, event, argument: self._call_untraced(following, frame, event, argument)


exclude_from_compilation(_CallInsideTrace)
