"""A run with the look-ups that notes need: where each frame begins, its steps, and the module call at a step."""

from __future__ import annotations

from bisect import bisect_left
from functools import cached_property

from explorer.reading.notes.mentions import Mentions
from explorer.record import Frame, ModuleCall, Observation, Step
from explorer.torch_source.function_source import FunctionSource, function_source
from explorer.torch_source.statements import parse_file


class RunIndex:
    """One run, read once. Each look-up takes about the same time however long the run is."""

    def __init__(self, observation: Observation) -> None:
        self.observation = observation
        self.steps, self.frames = tuple(observation.trace.steps), tuple(observation.trace.frames)
        self.calls = tuple(observation.graph.calls)
        self._mentions: dict[int, Mentions] = {}
        self._ifs: dict[int, list[Step]] = {}
        self._tensor_names: dict[int, dict[str, int]] = {}

    @cached_property
    def steps_of(self) -> list[list[Step]]:
        """The steps of each frame, by the frame's index."""
        found: list[list[Step]] = [[] for _ in self.frames]
        for step in self.steps:
            if step.frame is not None:
                found[step.frame].append(step)
        return found

    def begins(self, frame: Frame) -> Step:
        """Return the step at which a frame was called: its changes are the arguments."""
        return self.steps_of[frame.index][0]

    def before(self, step: Step) -> list[Step]:
        """Return the statements that the step's frame ran before it."""
        assert step.frame is not None
        steps = self.steps_of[step.frame]
        return [each for each in steps[: self._place(steps, step.index)] if each.kind == "statement"]

    def after(self, step: Step) -> list[Step]:
        """Return the steps of the same frame that came after it."""
        assert step.frame is not None
        steps = self.steps_of[step.frame]
        return steps[self._place(steps, step.index + 1) :]

    def mentions(self, frame: Frame) -> Mentions:
        """Return which steps of a frame mention which names."""
        if frame.index not in self._mentions:
            self._mentions[frame.index] = Mentions(self.steps_of[frame.index], parse_file(frame.file).statements)
        return self._mentions[frame.index]

    def ifs_before(self, step: Step, source: FunctionSource) -> list[Step]:
        """Return the statements that the step's frame ran before it, at a line that has an `if`.

        source: of the frame's function.
        """
        assert step.frame is not None
        if step.frame not in self._ifs:
            steps = [each for each in self.steps_of[step.frame] if each.kind == "statement"]
            self._ifs[step.frame] = [each for each in steps if source.has_if(each.line)]
        steps = self._ifs[step.frame]
        return steps[: self._place(steps, step.index)]

    def tensor_names(self, frame: Frame) -> dict[str, int]:
        """Return the names that a statement of a frame made a tensor, or an argument was; each with the first step."""
        if frame.index not in self._tensor_names:
            found = self._tensor_names[frame.index] = {}
            for step in self.steps_of[frame.index]:
                if step.kind in ("statement", "call"):
                    for change in step.changes:
                        if change.value.tensor is not None:
                            found.setdefault(change.name, step.index)
        return self._tensor_names[frame.index]

    def calling_step(self, frame: Frame) -> Step | None:
        """Return the step of the caller at which a frame was called; None for one without a traced caller."""
        if frame.caller is None:
            return None
        steps = self.steps_of[frame.caller]
        place = self._place(steps, self.begins(frame).index)
        return steps[place - 1] if place else None

    def call_at(self, step: Step) -> ModuleCall | None:
        """Return the innermost module call that a step belongs to."""
        place = bisect_left(self.calls, step.index + 1, key=lambda call: call.steps[0]) - 1
        while place >= 0:
            call = self.calls[place]
            if call.steps[1] >= step.index:
                return call
            place = call.parent if call.parent is not None else -1
        return None

    def source(self, frame: Frame) -> FunctionSource | None:
        """Return the source of the frame's function; None where it does not read as one function."""
        return function_source(frame.file, frame.first_line, frame.last_line)

    def way_to(self, step: Step) -> list[tuple[Frame, Step]]:
        """Return the frames that led to a step, the innermost first, each with the step that it was at."""
        found: list[tuple[Frame, Step]] = []
        at: Step | None = step
        while at is not None and at.frame is not None:
            frame = self.frames[at.frame]
            found.append((frame, at))
            at = self.calling_step(frame)
        return found

    @staticmethod
    def _place(steps: list[Step], index: int) -> int:
        return bisect_left(steps, index, key=lambda step: step.index)
