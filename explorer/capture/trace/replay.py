"""Tape → steps, frames and module calls: the plain record of a call path."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal

from explorer.capture.trace.recorder import Recorder
from explorer.capture.trace.tape import Call, Changed, TapeEntry, TracedFrame, read_entry
from explorer.capture.values.snapshot import summary_of
from explorer.capture.values.summaries import quiet_sums
from explorer.record import Change, Frame, ModuleCall, Step, StepKind, Trace
from explorer.record.lazy import LazySequence
from explorer.torch_source.phases import Phase

KINDS: dict[str, StepKind] = {"raise": "exception", "pass": "exception"}


def replay(recorder: Recorder) -> tuple[Trace, Sequence[ModuleCall]]:
    """The record of what was recorded. Its steps, frames and calls are made when they are first read."""
    calls = recorder.calls
    for call in calls:
        call.module = None  # the record keeps no module
    made = _Replay(recorder.tape, recorder.marks, recorder.changes, recorder.backward_from)
    lines = {file: frozenset(ticked) for file, ticked in recorder.executed.items() if ticked}
    return Trace(
        LazySequence(lambda: _quietly(made.steps)), LazySequence(made.frames), lines, recorder.backward_from
    ), LazySequence(lambda: tuple(map(_call, calls)))


def _call(call: Call) -> ModuleCall:
    steps = call.first, call.last
    return ModuleCall(call.index, call.name, call.module_class, call.number, call.parent, steps, call.children)


def _quietly(steps: Callable[[], tuple[Step, ...]]) -> tuple[Step, ...]:
    """Figures of what a step found may be computed only now."""
    with quiet_sums():
        return steps()


class _Replay:
    """A tape that is complete."""

    def __init__(
        self,
        tape: list[TapeEntry],
        marks: list[TracedFrame | None],
        changes: list[Changed],
        backward: int | None,
    ) -> None:
        """backward: place from which on the steps are those of `backward()`."""
        self._tape, self._marks, self._changes = tape, marks, changes
        self._backward = len(tape) if backward is None else backward

    def frames(self) -> tuple[Frame, ...]:
        """The frames in the order in which they began."""
        pairs = zip(self._tape, self._marks, strict=True)
        marks = [mark for happened, mark in pairs if happened == "call" and mark is not None]
        places = {id(mark): index for index, mark in enumerate(marks)}
        return tuple(
            Frame(
                index,
                mark.plan.name,
                mark.plan.file,
                mark.plan.first,
                mark.plan.last,
                mark.path,
                mark.module_class,
                mark.call.number if mark.call else None,
                places[id(mark.caller)] if mark.caller is not None else None,
                mark.depth,
                mark.role,
            )
            for index, mark in enumerate(marks)
        )

    def steps(self) -> tuple[Step, ...]:
        """The steps in the order in which they ran, each with its phase and level."""
        made: list[Step] = []
        changed: dict[int, list[Change]] = {}  # place on the tape → what changed there
        for place, name, how, look in self._changes:
            changed.setdefault(place, []).append(Change(name, how, summary_of(look)))
        places: dict[int, int] = {}  # id of a frame → its index
        base: dict[int, Phase | None] = {}  # id of a frame → the phase that it serves
        now: dict[int, Phase | None] = {}  # id of a frame → the phase of its last step
        seen: dict[int, Phase | None] = {}  # index of a module call → its last phase
        for index, (happened, mark) in enumerate(zip(self._tape, self._marks, strict=True)):
            kind, statement, value = read_entry(happened, mark)
            if mark is None:
                made.append(Step(index, "lookup", None, 0, 0, "lookup", 1))
                continue
            plan, frame = mark.plan, id(mark)
            if kind == "call":
                places[frame] = len(places)
                first_phase: Phase = "forward" if index < self._backward else "backward"
                inherited = now[id(mark.caller)] if mark.caller is not None else first_phase
                begins: Phase | None = "lookup" if mark.opened is not None and plan.call_path else inherited
                phase = base[frame] = begins
            elif kind == "return":
                phase = "return" if plan.call_path else base[frame]
            elif kind == "statement":
                assert statement is not None
                phase = plan.phases.get(statement.first, base[frame])
            else:
                phase = now[frame]
            now[frame] = phase
            level = self._level(kind, mark, phase, seen)
            first, last = (statement.first, statement.last) if statement is not None else (plan.first, plan.first)
            changes = tuple(changed.get(index, ()))
            if kind == "call":
                arguments = zip(mark.names, mark.given, strict=True)
                changes = (*(Change(name, "new", summary_of(look)) for name, look in arguments), *changes)
            given = None if value is None else summary_of(value)
            step_kind: StepKind = KINDS.get(kind, kind)  # type: ignore[arg-type]
            made.append(Step(index, step_kind, places[frame], first, last, phase, level, changes, given))
        return tuple(made)

    @staticmethod
    def _level(kind: str, mark: TracedFrame, phase: Phase | None, seen: dict[int, Phase | None]) -> Literal[1, 2, 3]:
        """The detail from which on a step is shown.

        1 is where an exception is raised, a call enters a new phase, autograd calls the reader's code, or the outermost
        call ends.
        """
        if mark.plan.call_path and mark.call is not None and seen.get(mark.call.index, "") != phase:
            seen[mark.call.index] = phase
            return 1
        by_autograd = mark.role == "hook" or (mark.caller is None and mark.plan.own)
        if kind == "raise" or (kind == "call" and phase == "backward" and by_autograd):
            return 1
        if kind in ("return", "pass") and mark.caller is None:
            return 1
        return 3 if mark.role == "functional" or (mark.role in ("other", "function") and not mark.plan.own) else 2
