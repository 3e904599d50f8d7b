"""A run with the look-ups that its sentences need: how a frame goes on, what a step enters, which statement it is."""

from __future__ import annotations

from explorer.reading.next_steps import entered_body, next_in_frame
from explorer.record import Frame, Observation, Step
from explorer.torch_source.statements import ParsedFile, Statement, parse_file


class IndexedRun:
    """One run. Its look-ups are made once, and each takes the same time however long the run is."""

    def __init__(self, observation: Observation) -> None:
        self.observation = observation
        self.steps = tuple(observation.trace.steps)  # read often, so the tuple itself
        self.frames = tuple(observation.trace.frames)
        self.returned = {step.frame: step.value for step in self.steps if step.kind == "return"}
        self._following = next_in_frame(self.steps)
        self._files: dict[str, ParsedFile] = {}

    def after(self, step: Step) -> Step | None:
        """Return the next step of the same frame; None for the frame's last."""
        following = self._following.get(step.index)
        return self.steps[following] if following is not None else None

    def entered(self, step: Step) -> Frame | None:
        """Return the frame that the next step begins, where this step calls one."""
        if step.index + 1 < len(self.steps) and self.steps[step.index + 1].kind == "call":
            frame = self.steps[step.index + 1].frame
            return self.frames[frame] if frame is not None else None
        return None

    def condition(self, step: Step, frame: Frame) -> bool | None:
        """Return whether an `if` or a loop went into its body; None for any other statement."""
        return entered_body(step, self.after(step), self.file(frame).bodies)

    def file(self, frame: Frame) -> ParsedFile:
        """Return what the syntax tree of the frame's file says."""
        if frame.file not in self._files:
            self._files[frame.file] = parse_file(frame.file)
        return self._files[frame.file]

    def statement(self, step: Step, frame: Frame) -> Statement | None:
        """Return the statement that a step ran; None where its source is not there."""
        return self.file(frame).statements.get(step.line)
