"""What is known of a tensor: shape, dtype, autograd's marks, its memory, and a few figures of its elements.

Everything is read with torch's function and dispatch modes off, so neither the caller's modes nor our own see it.
"""

from __future__ import annotations

import math
from functools import cache

import numpy as np
import torch
from torch import Tensor, nn

from explorer.capture.values.elements import Elements, elements_of
from explorer.capture.values.pictures import picture_of
from explorer.record import Statistics, Summary, TensorFacts
from explorer.runtime.plain_reads import attributes_of, is_a, name_of_class
from explorer.runtime.plain_tensors import grad_fn_of, plain_alias, requires_grad_of
from explorer.runtime.torch_private import without_torch_modes
from explorer.runtime.torch_private.memory import identity_of_storage

SPACED = 64  # elements kept for the histogram; up to here plain Python is quicker than NumPy


def without_overflow_warnings() -> np.errstate:
    """Compute figures without NumPy's warnings: a sum may overflow, or be of infinities, and that is shown."""
    return np.errstate(over="ignore", invalid="ignore")


def tensor_facts(tensor: Tensor) -> TensorFacts:
    """Return shape, dtype, autograd's marks, version and a few figures of a tensor.

    A parameter's figures are left out: no call changes them.
    """
    with without_torch_modes(), without_overflow_warnings():
        plain = plain_alias(tensor)
        version = None if plain.is_inference() else plain._version
        grad_fn = class_name(grad_fn_type(tensor))
        parameter = is_parameter_object(tensor)
        elements = None if parameter else elements_of(plain)
        dtype = dtype_name(plain.dtype)
        return _facts(shape_of(plain), dtype, requires_grad_of(tensor), grad_fn, parameter, version, elements)


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


def is_parameter_object(tensor: Tensor) -> bool:
    """Return whether it is a parameter: of a class that is one, or marked as one of another tensor class."""
    return is_a(tensor, nn.Parameter) or attributes_of(tensor).get("_is_param") is True


def _facts(
    shape: tuple[int, ...],
    dtype: str,
    requires_grad: bool,
    grad_fn: str | None,
    parameter: bool,
    version: int | None,
    elements: Elements | None,
) -> TensorFacts:
    if elements is None:
        return TensorFacts(shape, dtype, requires_grad, grad_fn, parameter, version, None, ())
    picture = picture_of(elements.flat, shape) if elements.sampled is None else None
    return TensorFacts(shape, dtype, requires_grad, grad_fn, parameter, version, *_figures(elements), picture)


def shape_of(tensor: Tensor) -> tuple[int, ...]:
    """Return a tensor's shape, with -1 where the parts of a nested tensor differ; () where a lazy one has none yet."""
    try:
        kind = type(tensor)
        if kind is Tensor or kind is nn.Parameter:
            return tuple(tensor.shape)
        tensor = plain_alias(tensor)
        shape = tuple(tensor.shape)
        if type(tensor) is Tensor or type(tensor) is nn.Parameter:
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
        grad_fn = grad_fn_of(tensor)
    except RuntimeError:
        return None
    return None if grad_fn is None else type(grad_fn)


def class_name(kind: type | None) -> str | None:
    """Return a class's name; None for no class."""
    return None if kind is None else name_of_class(kind)


def storage_id(tensor: Tensor) -> int:
    """Return what tells one piece of memory from another; the tensor's `id` where it has no storage.

    Call it with torch's modes off.
    """
    identity = id(tensor)
    kind = type(tensor)
    if kind is not Tensor and kind is not nn.Parameter:
        tensor = plain_alias(tensor)
    if tensor.layout is not torch.strided:
        return identity
    try:
        return identity_of_storage(tensor)
    except (RuntimeError, NotImplementedError):  # wrapped by a transform: `torch.vmap`, `torch.func.grad`, ...
        return identity


@cache
def dtype_name(dtype: torch.dtype) -> str:
    """Return torch's name of a dtype, without "torch."."""
    return str(dtype).removeprefix("torch.")


def _figures(elements: Elements) -> tuple[Statistics, tuple[float | str, ...]]:
    """Return the statistics and the first elements."""
    flat, sampled = elements.flat, elements.sampled
    preview = tuple(x if math.isfinite(x) else str(x) for x in elements.first.tolist())
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
        return Statistics(None, None, None, sampled, ()), preview
    return Statistics(low, high, total / flat.size, sampled, tuple(spaced)), preview
