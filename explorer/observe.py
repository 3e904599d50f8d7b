"""Experiment → Observation: one run under the guard, and everything about it."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import FunctionType
from typing import Any

import torch
from torch import Tensor, nn

from explorer.callpath.buffers import Buffers
from explorer.callpath.lookup import look_up
from explorer.callpath.recorder import Recorder
from explorer.callpath.replay import replay
from explorer.callpath.scope import Scope
from explorer.callpath.snapshots import summary_of
from explorer.callpath.values import summarize
from explorer.experiment import Experiment
from explorer.fresh_run import prepare
from explorer.graph.capture import Capture
from explorer.late import Late
from explorer.notes import notes_on
from explorer.record import ErrorInfo, Moved, Observation, Summary
from explorer.torch_state import current_grad_mode, exclusive, grad_mode, isolated


def observe(experiment: Experiment) -> Observation:
    """Build a fresh model, run it once, and return the record of that run.

    Equal experiments give equal observations. The process's torch state is found and left as it was.
    What the call raises is in `error`; nothing of it is raised here.
    """
    with isolated(seed=experiment.seed):
        model, inputs = prepare(experiment)
        with grad_mode(experiment.grad):
            run = _run(model, inputs, {}, experiment.call)
    return run.observation(experiment)


def observe_call(model: Any, *args: Any, reraise: bool = False, **kwargs: Any) -> Observation:
    """Call `model(*args, **kwargs)` once, as it stands, and return the record of that call.

    model: any callable, the caller's own module included. Its mode and its hooks, the caller's grad mode and the
        random state are used as they are, and move as a plain call moves them.
    reraise: raise what the call raises; otherwise the exception is in `error`, and everything up to it is recorded.

    Returns the record; `value` is the returned object itself.
    """
    with exclusive():
        run = _run(model, args, kwargs, "call")
    if reraise and run.exception is not None:
        raise run.exception
    return run.observation(None, keep_value=True)


@dataclass
class _Run:
    """One finished call, still with its objects."""

    model: Any
    attribute: str
    inputs: tuple[tuple[str, Summary], ...]
    recorder: Recorder
    capture: Capture
    grad: str
    value: Any
    exception: Exception | None
    moved: Sequence[Moved]

    def observation(self, experiment: Experiment | None, *, keep_value: bool = False) -> Observation:
        """The plain record of it."""
        trace, calls = replay(self.recorder)
        raised = self.exception
        made = Observation(
            experiment=experiment,
            title=_title(self.model),
            expression="model(x)" if self.attribute == "__call__" else f"model.{self.attribute}(x)",
            lookup=look_up(self.model, self.attribute),
            trace=trace,
            graph=self.capture.finish(calls),
            inputs=self.inputs,
            output=summarize(self.value) if raised is None else None,
            error=_error(raised, self.recorder) if raised is not None else None,
            training=self.model.training if isinstance(self.model, nn.Module) else None,
            grad_mode=self.grad,
            moved=self.moved,
            notes=Late(lambda: notes_on(made)),
            value=self.value if keep_value else None,
        )
        return made


def _run(model: Any, args: tuple[Any, ...], kwargs: Mapping[str, Any], style: str) -> _Run:
    """Make the call under the trace. Only what is no `Exception` (an interrupt) leaves here."""
    with torch._C.DisableTorchFunction():  # a function mode of the caller's must not see what we read
        modules = dict(model.named_modules(remove_duplicate=False)) if isinstance(model, nn.Module) else {}
        paths: dict[int, str] = {}
        for path, module in modules.items():
            paths.setdefault(id(module), path)
        buffers = Buffers(model)
        recorder = Recorder(Scope(model), paths, buffers.ids())
        capture = Capture(recorder)
        looks = [(name, recorder.values.look(value)) for name, value in [*_numbered(args), *kwargs.items()]]
        capture.constants(_owned(model))
        capture.source((args, kwargs))
    value, exception = None, None
    grad = current_grad_mode()
    with capture:
        sys.settrace(recorder.trace)
        try:
            value = model(*args, **kwargs) if style == "call" else model.forward(*args, **kwargs)
        except Exception as raised:
            exception = raised
        finally:
            sys.settrace(None)
    with torch._C.DisableTorchFunction():
        if exception is None:
            capture.sink(value)
        moved = buffers.moved()
        recorder.values.finish()
    inputs = tuple((name, summary_of(look)) for name, look in looks)
    attribute = "__call__" if style == "call" else "forward"
    return _Run(model, attribute, inputs, recorder, capture, grad, value, exception, moved)


def _numbered(args: tuple[Any, ...]) -> list[tuple[str, Any]]:
    return [(str(place), value) for place, value in enumerate(args)]


def _owned(model: Any) -> list[tuple[str, Tensor]]:
    return [*model.named_parameters(), *model.named_buffers()] if isinstance(model, nn.Module) else []


def _title(model: Any) -> str:
    return model.__name__ if isinstance(model, FunctionType) else type(model).__name__


def _error(raised: Exception, recorder: Recorder) -> ErrorInfo:
    """The exception, and the innermost traced frame that it was raised in."""
    place = recorder.raised_at(raised)
    if place is None:
        return ErrorInfo(type(raised).__name__, _message(raised), None, None, None, None)
    _, frame, statement, _ = recorder.tape[place]
    assert frame is not None
    line = statement.first if statement is not None else frame.plan.first
    return ErrorInfo(type(raised).__name__, _message(raised), frame.plan.file, line, frame.plan.name, place)


def _message(raised: Exception) -> str:
    try:
        return str(raised)
    except Exception:  # its class's own `__str__` raises
        return ""
