"""Torch's builtins, which have no public name; a guard that is quicker than `no_grad`; whether autograd works."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import lru_cache
from types import CodeType
from typing import Any

import torch

from explorer.runtime.torch_private.names import find

_tensor_methods = find("torch._C.TensorBase")
_functions = find("torch._C._VariableFunctions")
_NO_BACKWARD = -1
SWAPS_TENSORS = "_swap_tensor_impl"  # the builtin that `torch.utils.swap_tensors` calls
RUNS_BACKWARD = "run_backward"  # the builtin that Python calls for a `backward()`
_backward_pass: Callable[[], int] = find("torch._C._current_graph_task_id") or (lambda: _NO_BACKWARD)
_code_of_first_gradients: CodeType | None = getattr(find("torch.autograd._make_grads"), "__code__", None)

# Run without recording a gradient. Inside, only read: nothing that is written there, or a view, may be kept.
below_autograd: Callable[[], AbstractContextManager[Any]] = find("torch._C._AutoDispatchBelowAutograd") or torch.no_grad


def builtin_method(name: str) -> Any | None:
    """Return a method of tensors that is written in C; None where there is none of that name."""
    return getattr(_tensor_methods, name, None)


def builtin_function(name: str) -> Any | None:
    """Return a function of torch that is written in C; None where there is none of that name."""
    return getattr(_functions, name, None)


@lru_cache(maxsize=1024)
def number_of_results(name: str) -> int | None:
    """Return how many tensors a call of torch's builtin of that name gives; None where that is not known."""
    operator = getattr(torch.ops.aten, name, None) if name.isidentifier() else None
    if not isinstance(operator, torch._ops.OpOverloadPacket):
        return None
    schemas = [getattr(operator, overload)._schema for overload in operator.overloads()]  # type: ignore[no-untyped-call]
    returns = [schema.returns for schema in schemas if not any(argument.is_out for argument in schema.arguments)]
    numbers = {len(each) if all(str(one.type) == "Tensor" for one in each) else None for each in returns}
    return numbers.pop() if len(numbers) == 1 else None


def makes_gradients(code: CodeType) -> bool:
    """Return whether an operation of this Python code is part of a `backward()`; False where torch does not tell.

    code: of the frame that called the operation. A `backward()` makes its first gradient in Python.
    """
    return _backward_pass() != _NO_BACKWARD or code is _code_of_first_gradients


def is_in_backward() -> bool:
    """Return whether this thread is inside a `backward()`; False where torch does not tell."""
    return _backward_pass() != _NO_BACKWARD
