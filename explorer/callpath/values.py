"""Summaries of values: bounded in size, and computed without touching autograd, the random generator or the trace.

Everything read from a tensor is read with torch's function and dispatch modes off, so neither the caller's modes
nor our own see it. No `__repr__` of anybody's class is called.
"""

from __future__ import annotations

import reprlib
from collections import OrderedDict
from types import BuiltinFunctionType, FunctionType, MethodType, ModuleType
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from explorer.record import Statistics, Summary, TensorFacts

EXACT_LIMIT = 1 << 17  # elements; statistics of a larger tensor come from evenly spaced ones
SAMPLE = 4096  # how many evenly spaced elements then
HISTOGRAM_SAMPLE = 256
BINS = 8
PREVIEW = 6
ITEMS = 6
TEXT = 120

_PLAIN = (int, float, complex, bool, str, bytes, type(None))
_SEQUENCES = (tuple, list, set, frozenset)
_SHORT = reprlib.Repr()
_SHORT.maxstring = _SHORT.maxother = 80


def summarize(value: Any, depth: int = 0) -> Summary:
    """What can be said of a value in one line.

    Never raises: what cannot be read is named by its class alone.
    """
    try:
        return _summarize(value, depth)
    except Exception:
        return Summary(type(value).__name__, type(value).__name__)


def _summarize(value: Any, depth: int) -> Summary:
    kind = type(value)
    name = kind.__name__
    if isinstance(value, Tensor):
        facts = tensor_facts(value)
        return Summary(name, f"{facts.dtype} {list(facts.shape)}", facts)
    if isinstance(value, nn.Module):
        return Summary(name, _module_text(value))
    if kind in _PLAIN:
        return Summary(name, _SHORT.repr(value)[:TEXT])
    if kind in (dict, OrderedDict):
        items = tuple((_SHORT.repr(key), summarize(inner, depth + 1)) for key, inner in _first(value.items(), depth))
        return Summary(name, _container_text(name, len(value), items), None, items)
    if isinstance(value, tuple) and type(value).__iter__ is tuple.__iter__ or kind in _SEQUENCES:
        items = tuple((str(place), summarize(inner, depth + 1)) for place, inner in enumerate(_first(value, depth)))
        return Summary(name, _container_text(name, len(value), items), None, items)
    if isinstance(value, FunctionType | BuiltinFunctionType):
        return Summary("function", f"function {value.__qualname__}"[:TEXT])
    if isinstance(value, MethodType):
        return Summary("method", f"method {value.__func__.__qualname__}"[:TEXT])
    if isinstance(value, type | ModuleType):
        return Summary(name, f"{name} {value.__name__}"[:TEXT])
    if isinstance(value, BaseException):
        return Summary(name, f"{name}: {value.args[0] if value.args else ''}"[:TEXT])
    return Summary(name, name[:TEXT])


def tensor_facts(tensor: Tensor) -> TensorFacts:
    """Shape, dtype, autograd's marks, version and a few figures of a tensor."""
    with torch._C.DisableTorchFunction(), torch._C._DisableTorchDispatch():
        statistics, preview = _figures(tensor)
        return TensorFacts(
            shape=tuple(tensor.shape),
            dtype=str(tensor.dtype).removeprefix("torch."),
            requires_grad=tensor.requires_grad,
            grad_fn=type(tensor.grad_fn).__name__ if tensor.grad_fn is not None else None,
            is_parameter=isinstance(tensor, nn.Parameter),
            version=None if tensor.is_inference() else tensor._version,
            statistics=statistics,
            preview=preview,
        )


def _figures(tensor: Tensor) -> tuple[Statistics | None, tuple[float, ...]]:
    """Statistics and the first elements, through NumPy, which torch does not see."""
    if tensor.layout is not torch.strided or tensor.device.type != "cpu" or tensor.numel() == 0:
        return None, ()
    try:
        array = tensor.detach().numpy()
    except (RuntimeError, TypeError):  # bfloat16, quantized, wrapped by a transform, ...
        return None, ()
    if array.dtype.kind not in "fiub":
        return None, ()
    flat = array.reshape(-1) if array.flags.c_contiguous else array.ravel()
    preview = tuple(flat[:PREVIEW].tolist())
    sampled = None
    if flat.size > EXACT_LIMIT:
        flat = flat[:: -(-flat.size // SAMPLE)]
        sampled = int(flat.size)
    if array.dtype.kind == "b":
        flat = flat.view(np.uint8)
    low, high = float(flat.min()), float(flat.max())
    mean = float(flat.mean(dtype=np.float64) if flat.size <= SAMPLE else flat.mean())
    if not np.isfinite(high - low):
        return Statistics(low, high, mean, sampled, ()), preview
    return Statistics(low, high, mean, sampled, _histogram(flat, low, high)), preview


def _histogram(flat: Any, low: float, high: float) -> tuple[int, ...]:
    """Counts in equal bins, over evenly spaced elements; a constant tensor has them all in the first bin."""
    spaced = flat[:: max(1, -(-flat.size // HISTOGRAM_SAMPLE))].astype(np.float64)
    if high > low:
        spaced = np.minimum((spaced - low) * (BINS / (high - low)), BINS - 1)
    else:
        spaced = np.zeros_like(spaced)
    return tuple(np.bincount(spaced.astype(np.intp), minlength=BINS).tolist())


def _module_text(module: nn.Module) -> str:
    """Class and settings; only torch's own classes are asked for their settings."""
    name = type(module).__name__
    if type(module).__module__.startswith("torch.nn."):
        return f"{name}({module.extra_repr()})"[:TEXT]
    return f"{name}(…)" if module._modules else f"{name}()"


def _first(values: Any, depth: int) -> list[Any]:
    """The first items of a container, fewer the deeper it lies."""
    found: list[Any] = []
    if depth < 2:
        for value in values:
            if len(found) == ITEMS:
                break
            found.append(value)
    return found


def _container_text(name: str, length: int, items: tuple[tuple[str, Summary], ...]) -> str:
    if length == 0:
        return f"empty {name}"
    if length == len(items) and length <= 3 and name in ("tuple", "list"):
        inner = ", ".join(item.text for _, item in items)
        if len(inner) <= TEXT - 4:
            return f"[{inner}]" if name == "list" else f"({inner}{',' if length == 1 else ''})"
    return f"{name} of {length}"
