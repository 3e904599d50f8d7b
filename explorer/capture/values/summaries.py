"""Summaries of values: bounded in size, and computed without touching autograd, the random generator or the trace.

Everything read from a tensor is read with torch's function and dispatch modes off, so neither the caller's modes
nor our own see it. No `__repr__` of a user's class is called.
"""

from __future__ import annotations

import math
import reprlib
from collections import OrderedDict
from collections.abc import Callable
from functools import cache
from itertools import islice
from types import BuiltinFunctionType, FunctionType, MethodType, ModuleType
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from explorer.capture.values.elements import Elements, elements_of
from explorer.capture.values.module_settings import TEXT, summary_of_module
from explorer.record import Statistics, Summary, TensorFacts
from explorer.record.values import CONSTANT_LENGTH, ITEMS, ITEMS_IN_TEXT
from explorer.runtime.torch_private import without_torch_modes
from explorer.runtime.torch_private.memory import identity_of_storage

SPACED = 64  # elements kept for the histogram; up to here plain Python is quicker than NumPy

_SMALL = frozenset({float, complex, bool, type(None)})  # their repr is short whatever the value
_LONG = frozenset({int, str, bytes})
_INT_LIMIT = 2**63  # a JSON reader in another language may have no longer integers
_SEQUENCES = frozenset({tuple, list})
_SETS = frozenset({set, frozenset})
_MAPPINGS = frozenset({dict, OrderedDict})
_PLAIN_TENSORS = frozenset({Tensor, nn.Parameter})
_SHORT = reprlib.Repr()
_SHORT.maxstring = 80
INDEX_NAMES = tuple(str(index) for index in range(ITEMS))
EMPTY = {
    kind: Summary(kind.__name__, f"empty {kind.__name__}", length=0) for kind in (tuple, list, dict, set, frozenset)
}

Nested = Callable[[Any, int], Summary]  # how the items of a container are summarized: (value, depth)


def summarize(value: Any, depth: int = 0, nested: Nested | None = None) -> Summary:
    """Return what can be said of a value in one line.

    nested: what summarizes the items of a container; this function itself by default.

    Never raises: what cannot be read is named by its class alone.
    """
    try:
        return _summarize(value, depth, nested or summarize)
    except Exception:
        return Summary(type(value).__name__, type(value).__name__)


def _summarize(value: Any, depth: int, nested: Nested) -> Summary:
    kind = type(value)
    name = kind.__name__
    if kind in _SMALL:
        return Summary(name, repr(value), None, (), _constant(value))
    if kind in _LONG:
        return Summary(name, _SHORT.repr(value)[:TEXT], None, (), _constant(value))
    if kind is MethodType:
        return _named("method", getattr(value.__func__, "__qualname__", ""))
    if kind in EMPTY and not value:
        return EMPTY[kind]
    if kind in _MAPPINGS:
        pairs = [(_summarize(key, depth + 1, nested).text, inner) for key, inner in _first(value.items(), depth)]
        return _container(name, value, pairs, depth, nested)
    if kind is tuple and len(value) == 1 and depth < 2:  # the arguments of most calls
        return summary_of_single(nested(value[0], depth + 1))
    if kind in _SETS:  # their order is that of addresses and random hashes: no two runs need have the same
        found = _container(name, value, list(zip(INDEX_NAMES, _first(value, depth), strict=False)), depth, nested)
        items = sorted([item for _, item in found.items], key=lambda item: (item.type, item.text))
        return found._replace(items=tuple(zip(INDEX_NAMES, items, strict=False)) if len(value) <= ITEMS else ())
    if kind in _SEQUENCES or (isinstance(value, tuple) and kind.__iter__ is tuple.__iter__):
        return _container(name, value, list(zip(INDEX_NAMES, _first(value, depth), strict=False)), depth, nested)
    if isinstance(value, Tensor):
        facts = tensor_facts(value)
        return Summary(name, f"{facts.dtype} {list(facts.shape)}", facts)
    if isinstance(value, nn.Module):
        return summary_of_module(value)
    if isinstance(value, FunctionType | BuiltinFunctionType):
        return _named("function", value.__qualname__)
    if isinstance(value, type | ModuleType):
        return Summary(name, f"{name} {value.__name__}"[:TEXT])
    if isinstance(value, BaseException):
        message = str(value.args[0] if value.args else "").strip().partition("\n")[0]
        return Summary(name, f"{name}: {message}"[:TEXT] if message else name, constant=_as_text(message[:TEXT]))
    return Summary(name, name[:TEXT])


def _constant(value: Any) -> bool | int | float | str | None:
    """Return a value that is a short constant of JSON's own types as it is, and None for any other."""
    kind = type(value)
    if kind is bool:
        return bool(value)
    if kind is int:
        return int(value) if -_INT_LIMIT <= value < _INT_LIMIT else None
    if kind is float:
        return float(value) if math.isfinite(value) else None
    return _as_text(value) if kind is str and len(value) <= CONSTANT_LENGTH else None


def _as_text(value: str) -> str | None:
    """Return a string that a file in UTF-8 can hold, and None for one with half a surrogate pair."""
    try:
        value.encode()
    except UnicodeEncodeError:
        return None
    return str(value)


def _named(kind: str, name: object) -> Summary:
    """Return the summary of a function or a method of that qualified name."""
    shown = f"{name}"[: TEXT - len(kind) - 1]
    return Summary(kind, f"{kind} {shown}", constant=shown)


def summary_of_single(item: Summary) -> Summary:
    """Return the summary of a tuple whose only item this is."""
    return Summary("tuple", f"({item.text},)"[:TEXT], None, (("0", item),), None, 1)


def without_overflow_warnings() -> np.errstate:
    """Compute figures without NumPy's warnings: a sum may overflow, or be of infinities, and that is shown."""
    return np.errstate(over="ignore", invalid="ignore")


def tensor_facts(tensor: Tensor) -> TensorFacts:
    """Return shape, dtype, autograd's marks, version and a few figures of a tensor.

    A parameter's figures are left out: no call changes them.
    """
    with without_torch_modes(), without_overflow_warnings():
        version = None if tensor.is_inference() else tensor._version
        grad_fn = class_name(grad_fn_type(tensor))
        parameter = isinstance(tensor, nn.Parameter)
        elements = None if parameter else elements_of(tensor)
        dtype = dtype_name(tensor.dtype)
        return _facts(shape_of(tensor), dtype, tensor.requires_grad, grad_fn, parameter, version, elements)


def tensor_summary(
    kind: str,
    shape: tuple[int, ...],
    dtype: str,
    requires_grad: bool,
    grad_fn: str | None,
    parameter: bool,
    version: int | None,
    elements: Elements | None,
) -> Summary:
    """Return the summary of a tensor of that class with these facts."""
    facts = _facts(shape, dtype, requires_grad, grad_fn, parameter, version, elements)
    return Summary(kind, f"{dtype} {list(shape)}", facts)


@cache
def is_parameter(kind: type[Tensor]) -> bool:
    """Return whether tensors of this class are parameters."""
    return issubclass(kind, nn.Parameter)


def _facts(
    shape: tuple[int, ...],
    dtype: str,
    requires_grad: bool,
    grad_fn: str | None,
    parameter: bool,
    version: int | None,
    elements: Elements | None,
) -> TensorFacts:
    statistics, preview = (None, ()) if elements is None else _figures(elements)
    return TensorFacts(shape, dtype, requires_grad, grad_fn, parameter, version, statistics, preview)


def shape_of(tensor: Tensor) -> tuple[int, ...]:
    """Return a tensor's shape, with -1 where the parts of a nested tensor differ; () where a lazy one has none yet."""
    try:
        shape = tuple(tensor.shape)
        if type(tensor) in _PLAIN_TENSORS:
            return shape
        # A jagged nested tensor is of a class of its own, and has a symbol where its parts differ.
        return tuple(size if type(size) is int else -1 for size in shape)
    except RuntimeError:
        if not tensor.is_nested:
            return ()
        sizes = tensor._nested_tensor_size()  # [parts, dimensions]
        return (len(sizes), *(int(each[0]) if bool((each == each[0]).all()) else -1 for each in sizes.T if len(each)))


def grad_fn_type(tensor: Tensor) -> type | None:
    """Return the class of a tensor's `grad_fn`; None where torch makes none: of a view whose base was written to."""
    try:
        grad_fn = tensor.grad_fn
    except RuntimeError:
        return None
    return None if grad_fn is None else type(grad_fn)


def class_name(kind: type | None) -> str | None:
    """Return a class's name; None for no class."""
    return None if kind is None else kind.__name__


def storage_id(tensor: Tensor) -> int:
    """Return what tells one piece of memory from another; the tensor's `id` where it has no storage.

    Call it with torch's function modes off.
    """
    if tensor.layout is not torch.strided:
        return id(tensor)
    try:
        return identity_of_storage(tensor)
    except (RuntimeError, NotImplementedError):  # wrapped by a transform: `torch.vmap`, `torch.func.grad`, ...
        return id(tensor)


@cache
def dtype_name(dtype: torch.dtype) -> str:
    """Return torch's name of a dtype, without "torch."."""
    return str(dtype).removeprefix("torch.")


def _figures(elements: Elements) -> tuple[Statistics, tuple[float | str, ...]]:
    """Statistics and the first elements."""
    flat, sampled = elements.flat, elements.sampled
    preview = tuple(elements.first.tolist())
    spaced = flat[:: -(-flat.size // SPACED)].tolist()
    if flat.size <= SPACED:
        low, high, total = float(min(spaced)), float(max(spaced)), float(sum(spaced))
    else:
        if flat.dtype.kind == "b":
            flat = flat.view(np.uint8)
        # The ufuncs themselves: ndarray.min() goes through Python first.
        low, high = float(np.minimum.reduce(flat)), float(np.maximum.reduce(flat))
        total = float(np.add.reduce(flat, dtype=None if flat.dtype == np.float32 else np.float64))
    if not math.isfinite(total) and np.isfinite(flat).all():  # a sum of what is finite, too large for its dtype
        total = float(np.add.reduce(flat, dtype=np.float64))
    if not math.isfinite(total) or not math.isfinite(high - low):
        shown = tuple(x if math.isfinite(x) else str(x) for x in preview)
        return Statistics(None, None, None, sampled, ()), shown
    return Statistics(low, high, total / flat.size, sampled, tuple(spaced)), preview


def _first(values: Any, depth: int) -> list[Any]:
    """The first items of a container; none of one that lies deep in others."""
    return list(islice(values, ITEMS)) if depth < 2 else []


def _container(name: str, value: Any, pairs: list[tuple[str, Any]], depth: int, nested: Nested) -> Summary:
    return container_summary(name, len(value), tuple([(key, nested(inner, depth + 1)) for key, inner in pairs]))


def container_summary(name: str, length: int, items: tuple[tuple[str, Summary], ...]) -> Summary:
    """Return the summary of a container of that class and length, by its first items."""
    text = f"{name} of {length}"
    if name in ("tuple", "list") and length == len(items) <= ITEMS_IN_TEXT:
        inner = ", ".join([item.text for _, item in items])
        if len(inner) <= TEXT - 4:
            text = f"[{inner}]" if name == "list" else f"({inner}{',' if length == 1 else ''})"
    return Summary(name, text, None, items, None, length)
