"""A call as it runs without the explorer: its outcome, and the lines that a tracer of this file's own sees."""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from types import FrameType
from typing import Any

import torch
from torch import Tensor, nn

from benchmarks.foreign.network import Call

Lines = dict[str, set[int]]  # file → its lines that ran
Tracer = Callable[[FrameType, str, Any], Any]


@dataclass(frozen=True)
class Outcome:
    """What a call gave and left behind, as bytes and text that can be compared."""

    output: object  # tensors as (shape, dtype, bytes), containers as tuples
    error: tuple[str, str] | None  # class and message of what it raised
    random_state: bytes
    tensors: dict[str, object]  # parameters and buffers after the call
    flags: tuple[bool, ...]  # `training` of each module

    def differences(self, other: Outcome) -> list[str]:
        """Return what is not the same in another outcome, in words."""
        found = []
        if self.error != other.error:
            found.append(f"error: {self.error} / {other.error}")
        if self.output != other.output:
            found.append("output")
        if self.random_state != other.random_state:
            found.append("random state")
        found += [f"{name} after the call" for name in self.tensors if self.tensors[name] != other.tensors.get(name)]
        if self.flags != other.flags:
            found.append("training flags")
        return found


def run(call: Call) -> tuple[Any, Exception | None]:
    """Return what a call returned, or what it raised."""
    try:
        return call(), None
    except Exception as raised:
        return None, raised


def outcome(value: Any, raised: Exception | None, model: nn.Module) -> Outcome:
    """Return the outcome of a call that has just ended."""
    state = torch.get_rng_state().numpy().tobytes()
    tensors = {name: _content(tensor) for name, tensor in (*model.named_parameters(), *model.named_buffers())}
    error = None if raised is None else (type(raised).__name__, str(raised))
    flags = tuple(module.training for module in model.modules())
    return Outcome(_plain(value), error, state, tensors, flags)


def traced(call: Call) -> tuple[tuple[Any, Exception | None], Lines]:
    """Return what came of a call, and every line of Python that ran in it."""
    lines: Lines = defaultdict(set)

    def tracer(frame: FrameType, event: str, argument: Any) -> Tracer:
        if event == "line":
            lines[frame.f_code.co_filename].add(frame.f_lineno)
        return tracer

    sys.settrace(tracer)
    try:
        result = run(call)
    finally:
        sys.settrace(None)
    return result, dict(lines)


def files_of(model: nn.Module) -> set[str]:
    """Return the files in which the classes of a module tree are defined."""
    found = set()
    for kind in {type(module) for module in model.modules()}:
        for base in kind.__mro__:
            module = sys.modules.get(base.__module__)
            file = getattr(module, "__file__", None)
            if issubclass(base, nn.Module) and file is not None:
                found.add(file)
    return found


def _plain(value: Any, depth: int = 0) -> object:
    if isinstance(value, Tensor):
        return _content(value)
    if depth > 6:
        return "deeper"
    if isinstance(value, dict):
        return tuple((str(key), _plain(inner, depth + 1)) for key, inner in value.items())
    if isinstance(value, tuple | list):
        return tuple(_plain(inner, depth + 1) for inner in value)
    if hasattr(value, "__dict__"):
        return type(value).__name__, _plain(vars(value), depth + 1)
    return repr(value) if isinstance(value, int | float | str | bool | None) else type(value).__name__


def _content(tensor: Tensor) -> object:
    tensor = tensor.detach()
    if tensor.is_nested or tensor.layout is not torch.strided:
        tensor = tensor.to_dense() if not tensor.is_nested else tensor.to_padded_tensor(0)
    raw = tensor.contiguous().view(-1).view(torch.uint8) if tensor.numel() else tensor
    return tuple(tensor.shape), str(tensor.dtype), raw.numpy().tobytes()
