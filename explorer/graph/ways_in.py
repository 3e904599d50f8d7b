"""The capture for each way in; and what looks on is kept from torch's compiler."""

from __future__ import annotations

import sys
from typing import Any

from torch import Tensor
from torch._ops import OpOverload

from explorer.callpath import compiling, frame_tracer, getattr_lines, recorder
from explorer.choices import Via
from explorer.graph import capture
from explorer.graph.capture import CallPath, Capture
from explorer.graph.wiring import RAISED, tensors_in
from explorer.ways_in import leave_alone, traced, untraced


def capture_for(via: Via, path: CallPath) -> Capture:
    """The capture for this way in."""
    return _Traced(path) if via == "jit.trace" else Capture(path)


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
leave_alone(recorder, compiling, frame_tracer, getattr_lines, capture, _Traced)
