"""Tape → steps, frames and module calls: the plain record of a call path."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Literal, NamedTuple

from explorer.capture.trace.recorder import Recorder
from explorer.capture.trace.tape import (
    Changed,
    EntryKind,
    ExceptionEntry,
    TapeEntry,
    TracedFrame,
    TracedModuleCall,
    read_entry,
)
from explorer.capture.values.snapshot import summary_of
from explorer.capture.values.tensor_facts import without_overflow_warnings
from explorer.record import Callee, Change, ChangeKind, Frame, ModuleCall, Step, StepKind, Trace
from explorer.record.lazy import LazySequence
from explorer.torch_source.phases import Phase

_STEP_KINDS: Mapping[EntryKind, StepKind] = MappingProxyType(
    {
        "lookup": "lookup",
        "call": "call",
        "statement": "statement",
        "return": "return",
        "raise": "exception",
        "pass": "exception",
    }
)


def replay(recorder: Recorder) -> tuple[Trace, Sequence[ModuleCall]]:
    """Return the record of what was recorded. Its steps, frames and calls are made when they are first read."""
    running, backward_from = recorder.running, recorder.backward_from
    calls = running.module_calls
    for call in calls:
        call.module = None  # the record keeps no module
    lines = {file: frozenset(executed) for file, executed in recorder.executed.items() if executed}
    tape = _Tape(running.tape, running.frames, running.changes, running.called.read())
    steps = LazySequence(lambda: _Steps(tape, backward_from).all())
    frames = LazySequence(lambda: _frames(tape))
    again = running.raised_again
    exceptions = tuple(
        each._replace(raised_again=tuple(again[number])) if number in again else each
        for number, each in enumerate(running.exceptions)
    )
    return Trace(steps, frames, lines, backward_from, exceptions), LazySequence(lambda: tuple(map(_module_call, calls)))


class _Tape(NamedTuple):
    """What the record is made of; the rest of a running call must not stay because of it."""

    entries: list[TapeEntry]
    frames: list[TracedFrame | None]
    changes: list[Changed]
    called: Mapping[int, Callee]


def _module_call(call: TracedModuleCall) -> ModuleCall:
    steps = call.first, call.last
    return ModuleCall(
        call.index, call.path, call.module_class, call.number, call.parent, steps, call.has_children, call.training,
        call.script, call.registered,
    )  # fmt: skip


def _frames(tape: _Tape) -> tuple[Frame, ...]:
    """Return the frames in the order in which they began."""
    pairs = zip(tape.entries, tape.frames, strict=True)
    began = [frame for entry, frame in pairs if entry == "call" and frame is not None]
    index_of = {id(frame): index for index, frame in enumerate(began)}
    return tuple(
        Frame(
            index=index,
            function=frame.plan.name,
            file=frame.plan.file,
            first_line=frame.plan.first_line,
            last_line=frame.plan.last_line,
            module=frame.path,
            module_class=frame.module_class,
            module_call=frame.module_call.number if frame.module_call is not None else None,
            caller=index_of[id(frame.caller)] if frame.caller is not None else None,
            depth=frame.depth,
            role=frame.role,
            entry=frame.entry,
            through=frame.through,
            past_call=frame.past_call,
            passed_hooks=frame.passed_hooks,
            part=frame.part,
        )
        for index, frame in enumerate(began)
    )


class _Steps:
    """Makes the steps of a tape that is complete."""

    def __init__(self, tape: _Tape, backward_from: int | None) -> None:
        """backward_from: index from which on the steps are those of `backward()`; None where none is."""
        self._tape = tape
        self._backward_from = len(tape.entries) if backward_from is None else backward_from
        self._frame_index: dict[int, int] = {}  # id of a frame → its index
        self._phase_served: dict[int, Phase | None] = {}  # id of a frame → the phase that it serves
        self._phase_now: dict[int, Phase | None] = {}  # id of a frame → the phase of its last step
        self._phase_of_call: dict[int, Phase | None] = {}  # index of a module call → its last phase

    def all(self) -> tuple[Step, ...]:
        """Return the steps in the order in which they ran."""
        made: list[Step] = []
        with without_overflow_warnings():  # figures of what a step found may be computed only now
            changed = _changes_by_step(self._tape.changes)
            for index, (entry, frame) in enumerate(zip(self._tape.entries, self._tape.frames, strict=True)):
                kind, statement, value = read_entry(entry, frame)
                if frame is None:
                    made.append(Step(index, "lookup", None, 0, 0, "lookup", 1))
                    continue
                if kind == "call":
                    statement = frame.resumed
                    self._frame_index[id(frame)] = len(self._frame_index)
                line = frame.plan.first_line if statement is None else statement.first
                end_line = line if statement is None else statement.last
                phase = self._phase(index, kind, frame, line)
                found = tuple(changed.get(index, ()))
                if kind == "call":
                    arguments = zip(frame.argument_names, frame.arguments, strict=True)
                    how: ChangeKind = "new" if frame.resumed is None else "held"
                    changed_here = {change.name for change in found}  # a paused frame's list that others added to
                    held = (pair for pair in arguments if pair[0] not in changed_here)
                    found = (*(Change(name, how, summary_of(snapshot)) for name, snapshot in held), *found)
                given = None if value is None else summary_of(value)
                level = self._level(kind, frame, phase)
                frame_index = self._frame_index[id(frame)]
                called = self._tape.called.get(index)
                exception = entry.number if isinstance(entry, ExceptionEntry) else None
                where = index, _STEP_KINDS[kind], frame_index, line, end_line
                made.append(Step(*where, phase, level, found, given, called, exception))
        return tuple(made)

    def _phase(self, index: int, kind: EntryKind, frame: TracedFrame, line: int) -> Phase | None:
        """Return the phase of `Module.__call__` that a step belongs to. line: the first of its statement."""
        plan, identity = frame.plan, id(frame)
        phase: Phase | None
        if kind == "call":
            outermost: Phase = "forward" if index < self._backward_from else "backward"
            inherited = outermost if frame.caller is None else self._phase_now[id(frame.caller)]
            opens = frame.opened_call is not None and plan.is_call_path
            begins: Phase | None = "lookup" if opens else inherited
            phase = self._phase_served[identity] = begins
        elif kind == "return":
            phase = "return" if plan.is_call_path else self._phase_served[identity]
        elif kind == "statement":
            phase = plan.phases.get(line, self._phase_served[identity])
        else:
            phase = self._phase_now[identity]
        self._phase_now[identity] = phase
        return phase

    def _level(self, kind: EntryKind, frame: TracedFrame, phase: Phase | None) -> Literal[1, 2, 3]:
        """Return the detail from which on a step is shown.

        1 is where an exception is raised, a call enters a new phase, autograd calls the user's code, or the outermost
        call ends.
        """
        is_user_code, call = frame.plan.is_user_code, frame.module_call
        if frame.plan.is_call_path and call is not None and self._phase_of_call.get(call.index, "") != phase:
            self._phase_of_call[call.index] = phase
            return 1
        from_autograd = frame.role == "hook" or (frame.caller is None and is_user_code)
        if kind == "raise" or (kind == "call" and phase == "backward" and from_autograd):
            return 1
        if kind in ("return", "pass") and frame.caller is None:
            return 1
        return 3 if frame.role == "functional" or (frame.role in ("other", "function") and not is_user_code) else 2


def _changes_by_step(changes: list[Changed]) -> dict[int, list[Change]]:
    """Return what each step changed, by the step's index."""
    found: dict[int, list[Change]] = {}
    for step, name, how, snapshot in changes:
        found.setdefault(step, []).append(Change(name, how, summary_of(snapshot)))
    return found
