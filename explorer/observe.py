"""Experiment → Observation: prepare a run, record it, and make the plain record of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from sys import gettrace, settrace  # as they are now: a model may put others in their place
from typing import Any, TypeVar

from torch import nn

from explorer.capture.backward import differentiate
from explorer.capture.before_call import BeforeCall, measure
from explorer.capture.errors import error_info
from explorer.capture.operations.dispatch_log import DispatchLog
from explorer.capture.operations.log_for_entry_mode import log_for
from explorer.capture.random_draws import drawn_from, source_states
from explorer.capture.trace.recorder import Recorder
from explorer.capture.trace.recursion import RoomAround, depth
from explorer.capture.trace.replay import replay
from explorer.capture.trace.scope import Scope
from explorer.capture.unrecorded import notes_on_edited_files, unrecorded_by
from explorer.capture.values.buffers import Buffers
from explorer.capture.values.snapshot import Snapshot, summary_of
from explorer.capture.values.snapshots import Snapshots
from explorer.capture.values.summaries import summarize
from explorer.capture.values.tensor_facts import without_overflow_warnings
from explorer.experiment import Experiment
from explorer.experiment.prepare import PreparedCall, prepare
from explorer.reading.notes.run_notes import notes_on
from explorer.record import Backward, ChangedBuffer, Observation, RandomSource, Summary
from explorer.record.lazy import LazySequence
from explorer.runtime.every_warning import every_warning
from explorer.runtime.garbage import without_full_collections
from explorer.runtime.isolation import exclusive, grad_mode, isolated
from explorer.runtime.module_tree import modules_of, parameters_of
from explorer.runtime.plain_reads import well_formed
from explorer.runtime.torch_private import notes_on_missing_names, without_torch_modes

Found = TypeVar("Found")
NamedSnapshots = Sequence[tuple[str, Snapshot]]


def observe(experiment: Experiment) -> Observation:
    """Build a fresh model, run it once, and return the record of that run.

    Equal experiments give equal observations. The process's torch state is found and left as it was.
    What the call raises is in `error`; nothing of it is raised here, but for what is no `Exception`, as an interrupt.
    """
    return observe_and_look(experiment, lambda model, value, exception: None)[0]


def observe_and_look(
    experiment: Experiment, look: Callable[[Any, Any, Exception | None], Found]
) -> tuple[Observation, Found]:
    """Do what `observe` does, and return besides what `look` finds when the call is over.

    look: is given the model, what the call returned and what it raised, while torch's state is still the run's.
    """
    with isolated(seed=experiment.seed), without_full_collections(), every_warning():
        prepared = prepare(experiment)
        with grad_mode(experiment.grad), prepared.in_entry_mode():
            run = _record(prepared, depth() - 1, backward=experiment.backward)
        found = look(prepared.model, run.value, run.exception)
    observation, values = _observation(run, experiment), run.values
    del run, prepared  # and with them the model, and what autograd saved
    values.detach_from_tensors()
    return observation, found


def observe_call(model: Any, /, *args: Any, reraise: bool = False, **kwargs: Any) -> Observation:
    """Call `model(*args, **kwargs)` once, as it stands, and return the record of that call.

    model: any callable, the caller's own module included. Its mode and its hooks, the caller's grad mode and the
        random state are used as they are, and move as a plain call moves them.
    reraise: raise what the call raises; otherwise the exception is in `error`, and everything up to it is recorded.

    Returns the record; `value` is the returned object itself. What is no `Exception`, as an interrupt or `sys.exit()`,
    leaves in any case, with everything put back. Raises RuntimeError in a thread that a recorded call
    waits for: recordings nest on one thread, and not across threads.
    """
    with RoomAround() as room:
        with exclusive(), without_full_collections():
            run = _record(PreparedCall(model, args, kwargs), depth() - 1, room=room)
        if reraise and run.exception is not None:
            raise run.exception
        observation, values = _observation(run, None), run.values
        del run
        values.detach_from_tensors()
    return observation


@dataclass(frozen=True)
class _Run:
    """One finished call, still with its objects."""

    prepared: PreparedCall
    before: BeforeCall
    recorder: Recorder
    log: DispatchLog
    inputs: NamedSnapshots
    changed_buffers: Sequence[ChangedBuffer]
    value: Any  # None where it raised
    exception: Exception | None
    drawn_from: Sequence[RandomSource]
    backward: Backward | None = None
    backward_exception: Exception | None = None

    @property
    def values(self) -> Snapshots:
        """What the values of the call were."""
        return self.recorder.running.values


def _record(
    prepared: PreparedCall, depth_outside: int | None = None, *, backward: bool = False, room: RoomAround | None = None
) -> _Run:
    """Make the call, and record it. Raises only what is no `Exception`, such as an interrupt.

    depth_outside: how deep the frame stands that would make the bare call; by default the caller's.
    backward: whether `loss.backward()` follows the call. room: what was made around this, near the recursion limit.
    Call it inside `exclusive()`.
    """
    before = measure(prepared)
    with without_torch_modes():  # what is read here, no mode and no tensor class of the caller's must see
        buffers = Buffers(prepared.model, before.modules)
        recorder = _recorder(prepared.model, before.modules, buffers)
        log = log_for(prepared.entry_mode, recorder.running)
        arguments = [*((str(index), value) for index, value in enumerate(prepared.args)), *prepared.kwargs.items()]
        inputs = [(well_formed(name), recorder.running.values.take(value)) for name, value in arguments]
        log.add_parameters_and_buffers({**parameters_of(before.modules), **buffers.tensors}.items())
        log.add_inputs((prepared.args, prepared.kwargs))
    states = source_states()
    recorder.room.depth_outside = depth() - 1 if depth_outside is None else depth_outside
    recorder.room.around = room
    gaps, tracer = recorder.running.gaps, recorder.trace
    if prepared.entry_mode == "jit.trace":  # which has a trace function of its own around this one
        recorder.room.refuses = False
    else:
        gaps.tracer = tracer
    gaps.set_aside(gettrace())
    with recorder.room, log, recorder.threads:
        try:
            value, exception = prepared.call_traced(tracer)
        finally:
            left = gettrace()
            settrace(None)
    gaps.end(left)
    drawn = drawn_from(states, source_states())
    with without_torch_modes():
        if exception is None:
            log.add_outputs(value)
        if not all(call.registered for call in recorder.running.module_calls):
            recorder.running.find_registered_since(modules_of(prepared.model))
        recorder.running.read_scripts()
        changed_buffers = buffers.changed(recorder.running.values)
        recorder.running.values.read_all()
    try:
        run = _Run(prepared, before, recorder, log, inputs, changed_buffers, value, exception, drawn)
        return _go_backward(run) if backward and exception is None else run
    finally:
        del run, exception  # the exception's traceback leads to this frame, which would lead back to it


def _recorder(model: Any, modules: Mapping[str, nn.Module], buffers: Buffers) -> Recorder:
    paths: dict[int, str] = {}
    for path, module in modules.items():
        paths.setdefault(id(module), path)  # the first, of a module that is in two places
    return Recorder(Scope(model, modules), paths, buffers.watched())


def _go_backward(run: _Run) -> _Run:
    """Call `loss.backward()` after the call, and record that as well."""
    run.values.detach_from_tensors()  # the caller's hooks may write to what the call made
    run.recorder.begin_backward()
    with run.recorder.room:
        backward, raised = differentiate(run.value, run.prepared.model, run.before.grad, run.recorder.trace)
    run.values.read_all()
    return replace(run, backward=backward, backward_exception=raised)


def _observation(run: _Run, experiment: Experiment | None) -> Observation:
    """Return the plain record of a run. experiment: None for a call of the caller's, whose value is kept."""
    before, recorder, raised, inputs = run.before, run.recorder, run.exception, run.inputs
    trace, calls = replay(recorder)
    warnings = (*notes_on_edited_files(recorder), *notes_on_missing_names(before.kinds))
    backward = run.backward
    if backward is not None and run.backward_exception is not None:
        backward = replace(backward, error=error_info(run.backward_exception, recorder.running))
    made = Observation(
        experiment=experiment,
        title=before.title,
        expression=run.prepared.expression,
        lookup=before.lookup,
        trace=trace,
        graph=run.log.graph(calls),
        inputs=LazySequence(lambda: _summaries(inputs)),
        output=summarize(run.value) if raised is None else None,
        error=error_info(raised, recorder.running) if raised is not None else None,
        training=before.training,
        grad_mode=before.grad,
        changed_buffers=run.changed_buffers,
        backward=backward,
        notes=(),
        warnings=tuple(recorder.warnings.given),
        unrecorded=unrecorded_by(recorder),
        drawn_from=run.drawn_from,
        value=None,
    )
    recorder.running.forget_exceptions()
    returned = run.value if experiment is None else None
    # On the record without them: one that led to itself would stay until the garbage collector runs. And without the
    # value, which is then free as soon as the caller has put it away.
    return replace(made, notes=LazySequence(lambda: (*warnings, *notes_on(made))), value=returned)


def _summaries(snapshots: NamedSnapshots) -> tuple[tuple[str, Summary], ...]:
    with without_overflow_warnings():
        return tuple((name, summary_of(snapshot)) for name, snapshot in snapshots)
