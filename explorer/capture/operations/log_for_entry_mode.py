"""The capture for each way in; and what looks on is kept from torch's compiler."""

from __future__ import annotations

import sys
from typing import Any

from torch import Tensor
from torch._ops import OpOverload

from explorer.capture.operations import dispatch_log
from explorer.capture.operations.dispatch_log import CallPath, Capture
from explorer.capture.operations.wiring import RAISED, tensors_in
from explorer.capture.trace import compiler_frames, dispatch_mode_loop, frame_tracer, getattr_frames, recorder
from explorer.runtime.call_modes import EntryMode
from explorer.runtime.entry_modes import keep_uncompiled
from explorer.runtime.torch_private.tracing import CAN_UNTRACE, traced, untraced


def capture_for(via: EntryMode, path: CallPath) -> Capture:
    """The capture for this way in."""
    if via != "jit.trace":
        return Capture(path)
    return _Traced(path) if CAN_UNTRACE else _Empty(path)


class _Empty(Capture):  # type: ignore[no-untyped-call]
    """Record no operation: the tracer would take what records it for a part of the model."""

    def __enter__(self) -> _Empty:
        return self

    def __exit__(self, *raised: object) -> None:
        pass


class _Traced(Capture):  # type: ignore[no-untyped-call]
    """What the capture reads from tensors must not become a part of the traced script, and the operation must."""

    def __init__(self, path: CallPath) -> None:
        super().__init__(path)
        self._state: Any = None
        self._numbers: list[Tensor] = []  # a size is a tensor here; while it is kept, no other gets its place in memory

    def __torch_dispatch__(
        self, func: OpOverload, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        frame, kwargs, named = sys._getframe(1), kwargs or {}, self._name(func)
        with untraced() as state:
            if named.written:
                self._before_write(named, args, kwargs)
            site, at = self._sites.at(frame), self._path.position()
            entry = [named, args, kwargs, id(frame), frame.f_lasti, site, at, RAISED]
            self._log.append(entry)
            with traced(state):
                result = entry[-1] = func(*args, **kwargs)
            self._numbers += [tensor for tensor in tensors_in((args, result)) if not tensor.dim()]
            for argument in args:
                if id(argument) in self._watched:
                    self._path.values.after_use(argument)
        return result


# Some of what these define runs inside the call.
keep_uncompiled(recorder, compiler_frames, frame_tracer, getattr_frames, dispatch_mode_loop, dispatch_log, _Traced)
