"""What every run of an experiment begins with: a fresh model in its mode, its hooks registered, its inputs, and how
it is called."""

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

NAMED = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)


@dataclass(frozen=True)
class Prepared:
    """What is called, with what, and how."""

    model: Any
    args: tuple[Any, ...] = ()
    kwargs: Mapping[str, Any] = field(default_factory=dict)
    style: CallStyle = "call"
    entry_mode: EntryMode = "eager"

    @property
    def attribute(self) -> str:
        """What Python looks up to make the call. `torch.jit.trace` takes a `forward` for its module, and calls that."""
        taken = self.entry_mode == "jit.trace" and _stands_for(self.model)
        return "__call__" if self.style == "call" or taken else "forward"

    @property
    def expression(self) -> str:
        """The call as the reader would write it: "model(x)", "model.forward(x=x)"."""
        called = "model" if self.attribute == "__call__" else "model.forward"
        names = [f"x{place}" if place else "x" for place in range(len(self.args))]
        return f"{called}({', '.join([*names, *(f'{name}={name}' for name in self.kwargs)])})"

    @property
    def function(self) -> Callable[..., Any]:
        """What takes `args`, for calls that nobody watches: the model or its bound `forward` itself, where no input
        goes in by name. Look it up once for many calls; wants `ready` around."""
        if self.entry_mode == "jit.trace":
            return lambda *args: traced_call(self.model, self.style, args, self.kwargs)
        found: Callable[..., Any] = self.model if self.style == "call" else _forward_of(self.model)
        return partial(found, **self.kwargs) if self.kwargs else found

    @contextmanager
    def ready(self) -> Iterator[None]:
        """Whatever the way in needs around the call. In the grad mode of the call; wants `isolated` around."""
        if self.entry_mode == "compile":
            with without_warnings(), compiled(self.model, self.args, self.kwargs, self._once):
                yield
        elif self.entry_mode == "jit.trace":
            with without_warnings():
                yield
        else:
            yield

    def make(self, tracer: Callable[..., Any]) -> Any:
        """Make the call with this trace function, from where the model is called; raises what the call raises."""
        model, args, kwargs = self.model, self.args, self.kwargs
        if self.entry_mode == "jit.trace":
            return traced_call(model, self.style, args, kwargs, tracer)
        sys.settrace(tracer)
        try:
            return model(*args, **kwargs) if self.style == "call" else model.forward(*args, **kwargs)
        finally:
            sys.settrace(None)

    def _once(self, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> None:
        """The call that compiles; `model.forward(x)` goes past what is compiled, so there is none."""
        if self.style == "call":
            self.model(*args, **kwargs)


def prepare(experiment: Experiment) -> Prepared:
    """A fresh model and its inputs. Wants `torch_state.isolated` around: it draws weights."""
    model = build(experiment.model, seed=experiment.seed, p=experiment.p, training=experiment.training)
    inputs = example_inputs(experiment.model, seed=experiment.seed, batch=experiment.batch, size=experiment.size)
    if isinstance(model, nn.Module):
        register(model, experiment.hooks)
    names = _names(model, len(inputs)) if experiment.keyword else ()
    args, kwargs = ((), dict(zip(names, inputs, strict=True))) if names else (inputs, {})
    return Prepared(model, args, kwargs, experiment.call, experiment.entry_mode)


def _names(model: Any, count: int) -> tuple[str, ...]:
    """The names of the first parameters; () where so many have none, and the inputs can go by position only."""
    try:
        parameters = inspect.signature(getattr(model, "forward", model)).parameters.values()
    except (TypeError, ValueError):  # not callable, or written in C
        return ()
    names = tuple(parameter.name for parameter in parameters if parameter.kind in NAMED)
    return names[:count] if len(names) >= count else ()


def _stands_for(model: Any) -> bool:
    """Whether `torch.jit.trace` takes `model.forward` for the model: a bound method, and its name is `forward`.

    It refuses a bound method of another name, and traces a plain function as one.
    """
    try:
        found = model.forward
    except Exception:
        return False
    return getattr(found, "__self__", None) is model and getattr(found, "__name__", "") == "forward"


def _forward_of(model: Any) -> Callable[..., Any]:
    """`model.forward`; where it has none, what raises as the call would."""
    try:
        found: Callable[..., Any] = model.forward
    except Exception:
        return lambda *args, **kwargs: model.forward(*args, **kwargs)
    return found
