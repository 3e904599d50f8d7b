"""Experiment → Observation: one run under the guard, and everything about it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from types import FunctionType
from typing import Any

from torch import nn

from explorer.capture.backward import differentiate
from explorer.capture.operations.dispatch_log import Capture
from explorer.capture.operations.log_for_entry_mode import capture_for
from explorer.capture.trace.lookup import look_up
from explorer.capture.trace.recorder import Recorder
from explorer.capture.trace.replay import replay
from explorer.capture.trace.scope import Scope
from explorer.capture.trace.tape import read_entry
from explorer.capture.values.buffers import Buffers
from explorer.capture.values.snapshot import Snapshot, summary_of
from explorer.capture.values.summaries import quiet_sums, summarize
from explorer.experiment import Experiment
from explorer.experiment.prepare import Prepared, prepare
from explorer.reading.notes.run_notes import notes_on
from explorer.record import Backward, ChangedBuffer, ErrorInfo, Lookup, Observation, Summary
from explorer.record.lazy import LazySequence
from explorer.runtime.call_modes import GradMode
from explorer.runtime.isolation import current_grad_mode, exclusive, grad_mode, isolated
from explorer.runtime.module_tree import modules_of, parameters_of
from explorer.runtime.torch_private.modes import modes_at_work, without_function_modes
from explorer.runtime.torch_private.names import SeenIn, notes_on_missing_names


def observe(experiment: Experiment) -> Observation:
    """Build a fresh model, run it once, and return the record of that run.

    Equal experiments give equal observations. The process's torch state is found and left as it was.
    What the call raises is in `error`; nothing of it is raised here.
    """
    run = _isolated_run(experiment)
    observation, values = run.observation(experiment), run.recorder.values
    del run  # and the model, and what autograd saved
    values.own()
    return observation


def observe_call(model: Any, /, *args: Any, reraise: bool = False, **kwargs: Any) -> Observation:
    """Call `model(*args, **kwargs)` once, as it stands, and return the record of that call.

    model: any callable, the caller's own module included. Its mode and its hooks, the caller's grad mode and the
        random state are used as they are, and move as a plain call moves them.
    reraise: raise what the call raises; otherwise the exception is in `error`, and everything up to it is recorded.

    Returns the record; `value` is the returned object itself.
    """
    with exclusive():
        run = _run(Prepared(model, args, kwargs))
    if reraise and run.exception is not None:
        raise run.exception
    observation, values = run.observation(None, keep_value=True), run.recorder.values
    del run
    values.own()
    return observation


@dataclass
class _Run:
    """One finished call, still with its objects."""

    prepared: Prepared
    title: str  # of what was called, its look-up and its mode: as they were before the call, which may change them
    lookup: Lookup
    training: bool | None
    inputs: Sequence[tuple[str, Snapshot]]
    recorder: Recorder
    capture: Capture
    grad: GradMode
    value: Any
    exception: Exception | None
    changed_buffers: Sequence[ChangedBuffer]
    seen_in: frozenset[SeenIn]
    backward: Backward | None = None
    backward_raised: Exception | None = None

    def observation(self, experiment: Experiment | None, *, keep_value: bool = False) -> Observation:
        """The plain record of it."""
        trace, calls = replay(self.recorder)
        looks = self.inputs
        raised = self.exception
        outdated = [
            f"`{file}` was changed after it was loaded: its text is not what ran, so nothing of it is shown."
            for file in sorted(self.recorder.outdated)
        ]
        lost = notes_on_missing_names(self.seen_in)
        made = Observation(
            experiment=experiment,
            title=self.title,
            expression=self.prepared.expression,
            lookup=self.lookup,
            trace=trace,
            graph=self.capture.finish(calls),
            inputs=LazySequence(lambda: _summaries(looks)),
            output=summarize(self.value) if raised is None else None,
            error=_error(raised, self.recorder) if raised is not None else None,
            training=self.training,
            grad_mode=self.grad,
            changed_buffers=self.changed_buffers,
            backward=self._backward(),
            notes=(),
            value=self.value if keep_value else None,
        )
        # On the record without them: one that led to itself would stay until the garbage collector runs.
        return replace(made, notes=LazySequence(lambda: (*outdated, *lost, *notes_on(made))))

    def _backward(self) -> Backward | None:
        raised = self.backward_raised
        if self.backward is None or raised is None:
            return self.backward
        return replace(self.backward, error=_error(raised, self.recorder))


def _isolated_run(experiment: Experiment) -> _Run:
    with isolated(seed=experiment.seed):
        prepared = prepare(experiment)
        with grad_mode(experiment.grad), prepared.ready():
            return _run(prepared, backward=experiment.backward)


def _run(prepared: Prepared, *, backward: bool = False) -> _Run:
    """Make the call under the trace. Only what is no `Exception` (an interrupt) leaves here."""
    model, args, kwargs = prepared.model, prepared.args, prepared.kwargs
    seen_in = _seen_in(prepared)
    title, lookup = _title(model), look_up(model, prepared.attribute)
    training = getattr(model, "training", None) if isinstance(model, nn.Module) else None
    with without_function_modes():  # a function mode of the caller's must not see what we read
        modules = modules_of(model)
        paths: dict[int, str] = {}
        for path, module in modules.items():
            paths.setdefault(id(module), path)
        buffers = Buffers(model, modules)
        recorder = Recorder(Scope(model, modules), paths, buffers.watched())
        capture = capture_for(prepared.via, recorder)
        looks = [(name, recorder.values.look(value)) for name, value in [*_numbered(args), *kwargs.items()]]
        capture.constants({**parameters_of(modules), **buffers.tensors}.items())
        capture.source((args, kwargs))
    value, exception = None, None
    grad = current_grad_mode()
    with capture:
        try:
            value = prepared.make(recorder.trace)
        except Exception as raised:
            exception = raised
    with without_function_modes():
        if exception is None:
            capture.sink(value)
        changed_buffers = buffers.changed(recorder.values)
        recorder.values.finish()
    run = _Run(
        prepared, title, lookup, training, looks, recorder, capture, grad, value, exception, changed_buffers, seen_in
    )
    if backward and exception is None:
        recorder.values.own()  # the caller's hooks may write to what the call made
        recorder.begin_backward()
        run.backward, run.backward_raised = differentiate(value, model, grad, recorder.trace)
        recorder.values.finish()
    return run


def _seen_in(prepared: Prepared) -> frozenset[SeenIn]:
    """Return what kinds of run this is, as far as a private name of torch that is missing has a say in it."""
    kinds: list[SeenIn] = ["every run"]
    if modes_at_work():
        kinds.append("caller's modes")
    if prepared.via == "jit.trace":
        kinds.append("jit.trace")
    elif prepared.via == "compile" or getattr(prepared.model, "_compiled_call_impl", None) is not None:
        kinds.append("compile")
    return frozenset(kinds)


def _numbered(args: tuple[Any, ...]) -> list[tuple[str, Any]]:
    return [(str(place), value) for place, value in enumerate(args)]


def _summaries(looks: Sequence[tuple[str, Snapshot]]) -> tuple[tuple[str, Summary], ...]:
    with quiet_sums():
        return tuple((name, summary_of(look)) for name, look in looks)


def _title(model: Any) -> str:
    return model.__name__ if isinstance(model, FunctionType) else type(model).__name__


def _error(raised: Exception, recorder: Recorder) -> ErrorInfo:
    """The exception, and the innermost traced frame that it was raised in."""
    place = recorder.raised_at(raised)
    if place is None:
        return ErrorInfo(type(raised).__name__, _message(raised), None, None, None, None)
    frame = recorder.marks[place]
    _, statement, _ = read_entry(recorder.tape[place], frame)
    assert frame is not None
    line = statement.first if statement is not None else frame.plan.first
    return ErrorInfo(type(raised).__name__, _message(raised), frame.plan.file, line, frame.plan.name, place)


def _message(raised: Exception) -> str:
    try:
        return str(raised)
    except Exception:  # its class's own `__str__` raises
        return ""
