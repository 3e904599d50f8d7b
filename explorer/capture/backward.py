"""`loss.backward()` after a call: what reached which parameter, or why nothing could.

On the CPU autograd calls Python hooks on the thread that called `backward()`, so the trace sees their frames.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from types import MappingProxyType
from typing import Any

import torch
from torch import Tensor, nn

from explorer.capture.operations.nested_tensors import tensors_in
from explorer.record import Backward, Gradient
from explorer.runtime.call_modes import GradMode
from explorer.runtime.entry_modes import without_warnings
from explorer.runtime.isolation import grad_mode
from explorer.wording import with_article

_NO_GRADIENT: Mapping[GradMode, str] = MappingProxyType(
    {
        "enabled": "Nothing in this output requires grad",
        "no_grad": "The call ran under `no_grad`",
        "inference_mode": "The call ran under `inference_mode`",
    }
)


def differentiate(
    value: Any, model: Any, mode: GradMode, tracer: Callable[..., Any] | None = None
) -> tuple[Backward, Exception | None]:
    """Sum the floating-point elements of what a call returned, and call `backward()` on that sum.

    value: what the call returned. mode: the grad mode that it ran under; the sum and `backward()` are outside of it.
    tracer: a trace function for `backward()` alone. Without one, torch's warnings are not shown.

    Returns the record without its `error`, and what `backward()` raised: the recorder knows where that was.
    """
    floating = [tensor for tensor in tensors_in(value) if tensor.is_floating_point()]
    if not floating:
        what = type(value).__name__
        nothing = f"The call returned no floating-point tensor but {with_article(what)}, so there is no loss."
        return Backward(None, (), nothing, None), None
    with grad_mode("enabled"), without_warnings() if tracer is None else nullcontext():
        loss = torch.stack([tensor.sum() for tensor in floating]).sum() if len(floating) > 1 else floating[0].sum()
        reason = None if loss.requires_grad else f"{_NO_GRADIENT[mode]}: autograd recorded nothing to go back through."
        raised = _backward(loss, tracer)
    return Backward(_number(loss), gradients(model), reason, None), raised


def gradients(model: Any) -> tuple[Gradient, ...]:
    """Return each parameter's gradient as it is now."""
    named = model.named_parameters() if isinstance(model, nn.Module) else ()
    return tuple(Gradient(name, tuple(parameter.shape), _norm(parameter.grad)) for name, parameter in named)


def _backward(loss: Tensor, tracer: Callable[..., Any] | None) -> Exception | None:
    before = sys.gettrace()
    sys.settrace(tracer)
    try:
        loss.backward()  # type: ignore[no-untyped-call]
    except Exception as raised:
        return raised
    finally:
        sys.settrace(before)
    return None


def _norm(gradient: Tensor | None) -> float | str | None:
    return None if gradient is None else _number(torch.linalg.vector_norm(gradient.detach().double()))


def _number(scalar: Tensor) -> float | str:
    """Return the number; infinity and NaN as text, as JSON knows neither."""
    number = float(scalar.detach())
    return number if math.isfinite(number) else str(number)
