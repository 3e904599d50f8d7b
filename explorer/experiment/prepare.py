"""Prepare the call of an experiment: a fresh model in its mode, with its hooks and its inputs, and how it is called."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from torch import nn

from explorer.catalog import build, example_inputs
from explorer.catalog.hooks import register
from explorer.experiment import Experiment
from explorer.runtime.call_modes import CallStyle, EntryMode
from explorer.runtime.entry_modes import compiled, traced_call, without_warnings

CAN_BE_NAMED = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)


@dataclass(frozen=True)
class PreparedCall:
    """A call that can be made: the model, its inputs, and how it is called.

    model: any object. args, kwargs: its inputs. style: `model(x)` or `model.forward(x)`.
    """

    model: Any
    args: tuple[Any, ...] = ()
    kwargs: Mapping[str, Any] = field(default_factory=dict)
    style: CallStyle = "call"
    entry_mode: EntryMode = "eager"

    @property
    def attribute(self) -> str:
        """What Python looks up to make the call: "__call__" or "forward".

        `torch.jit.trace` takes a bound `forward` for its module, and calls the module.
        """
        calls_module = self.entry_mode == "jit.trace" and _is_taken_for_module(self.model)
        return "__call__" if self.style == "call" or calls_module else "forward"

    @property
    def expression(self) -> str:
        """The call as the reader would write it: "model(x)", "model.forward(x=x)"."""
        called = "model" if self.attribute == "__call__" else "model.forward"
        names = [f"x{index}" if index else "x" for index in range(len(self.args))]
        return f"{called}({', '.join([*names, *(f'{name}={name}' for name in self.kwargs)])})"

    @property
    def function(self) -> Callable[..., Any]:
        """What is called with `args` where no call is traced: the model itself, or its bound `forward`.

        With inputs by name, a function that adds them. Look it up once for many calls, and call it inside
        `in_entry_mode()`.
        """
        if self.entry_mode == "jit.trace":
            return lambda *args: traced_call(self.model, self.style, args, self.kwargs)
        found: Callable[..., Any] = self.model if self.style == "call" else _forward_of(self.model)
        return partial(found, **self.kwargs) if self.kwargs else found

    @contextmanager
    def in_entry_mode(self) -> Iterator[None]:
        """Set up what the entry mode needs around the call, and take it down again.

        Enter it inside `isolated()`, in the grad mode of the call.
        """
        if self.entry_mode == "compile":
            with without_warnings(), compiled(self.model, self.args, self.kwargs, self._call_once):
                yield
        elif self.entry_mode == "jit.trace":
            with without_warnings():
                yield
        else:
            yield

    def call_traced(self, tracer: Callable[..., Any] | None) -> tuple[Any, Exception | None]:
        """Make the call with this trace function; return what it returned, or None and the exception that it raised.

        What is then the trace function of the thread stays: it tells whether the call has set another one. The
        exception is caught here: its traceback leads to this frame, which must not lead to the exception.
        """
        model, args, kwargs = self.model, self.args, self.kwargs
        try:
            if self.entry_mode == "jit.trace":
                return traced_call(model, self.style, args, kwargs, tracer), None
            sys.settrace(tracer)
            return (model(*args, **kwargs) if self.style == "call" else model.forward(*args, **kwargs)), None
        except Exception as raised:
            return None, raised

    def _call_once(self, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> None:
        """Make the call that compiles; `model.forward(x)` goes past what is compiled, so there is none."""
        if self.style == "call":
            self.model(*args, **kwargs)


def prepare(experiment: Experiment) -> PreparedCall:
    """Return the call of an experiment: a fresh model and its inputs. Call it inside `isolated()`: it draws weights."""
    model = build(experiment.model, seed=experiment.seed, p=experiment.p, training=experiment.training)
    inputs = example_inputs(
        experiment.model,
        seed=experiment.seed,
        batch=experiment.batch,
        size=experiment.size,
        digit=experiment.digit,
    )
    if isinstance(model, nn.Module):
        register(model, experiment.hooks)
    names = _parameter_names(model, len(inputs)) if experiment.keyword else ()
    args, kwargs = ((), dict(zip(names, inputs, strict=True))) if names else (inputs, {})
    return PreparedCall(model, args, kwargs, experiment.call, experiment.entry_mode)


def _parameter_names(model: Any, count: int) -> tuple[str, ...]:
    """Return the names of the first `count` parameters of the call; () where the inputs can go by position only."""
    try:
        parameters = inspect.signature(getattr(model, "forward", model)).parameters.values()
    except (TypeError, ValueError):  # not callable, or written in C
        return ()
    names = tuple(parameter.name for parameter in parameters if parameter.kind in CAN_BE_NAMED)
    return names[:count] if len(names) >= count else ()


def _is_taken_for_module(model: Any) -> bool:
    """Return whether `torch.jit.trace` takes `model.forward` for the model: a bound method named `forward`.

    It refuses a bound method of another name, and traces a plain function as one.
    """
    try:
        found = model.forward
    except Exception:
        return False
    return getattr(found, "__self__", None) is model and getattr(found, "__name__", "") == "forward"


def _forward_of(model: Any) -> Callable[..., Any]:
    """Return `model.forward`; where it has none, a function that raises as the call would."""
    try:
        found: Callable[..., Any] = model.forward
    except Exception:
        return lambda *args, **kwargs: model.forward(*args, **kwargs)
    return found
