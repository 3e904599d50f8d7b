"""A run with the look-ups that its sentences need: how a frame goes on, what a step enters, which statement it is."""

from __future__ import annotations

from explorer.reading.next_steps import entered_body, next_in_frame
from explorer.record import Frame, FrameRole, Observation, Step
from explorer.torch_source.statements import ParsedFile, Statement, parse_file

LONGEST_CONDITION = 60  # characters: a longer one would fill the sentence


class IndexedRun:
    """One run. Its look-ups are made once, and each takes the same time however long the run is."""

    def __init__(self, observation: Observation) -> None:
        self.observation = observation
        self.steps = tuple(observation.trace.steps)  # read often, so the tuple itself
        self.frames = tuple(observation.trace.frames)
        self.returned = {step.frame: step.value for step in self.steps if step.kind == "return"}
        self.last_exception = {step.frame: step.exception for step in self.steps if step.kind == "exception"}
        self.last_of_frame = {step.frame: step for step in self.steps}
        self._following = next_in_frame(self.steps)
        self._files: dict[str, ParsedFile] = {}

    def after(self, step: Step) -> Step | None:
        """Return the next step of the same frame; None for the frame's last."""
        following = self._following.get(step.index)
        return self.steps[following] if following is not None else None

    def entered(self, step: Step) -> Frame | None:
        """Return the frame that the next step begins, where this step led to one."""
        if step.index + 1 < len(self.steps) and self.steps[step.index + 1].kind == "call":
            frame = self.steps[step.index + 1].frame
            return self.frames[frame] if frame is not None and self.frames[frame].caller == step.frame else None
        return None

    def entered_by(self, step: Step, frame: Frame) -> Frame | None:
        """Return the frame in which another one ran, or that one itself, and to which a step of their caller led."""
        while frame.caller is not None:
            if frame.caller == step.frame:
                return frame
            frame = self.frames[frame.caller]
        return None

    def called(self, step: Step, role: FrameRole) -> Frame | None:
        """Return the frame of the hook, or the `forward`, that a statement called; None where the trace has none.

        role: of the two.
        """
        end = self.after(step)
        for index in range(step.index + 1, end.index if end is not None else len(self.steps)):
            found = self.steps[index].frame
            if self.steps[index].kind == "call" and found is not None and self.frames[found].caller == step.frame:
                frame = self.frames[found]
                by_torch = frame.role == "call path" and frame.entry == "called"  # `_slow_forward`, or a module
                if by_torch or (frame.role == role and not frame.past_call):
                    return frame
        return None

    def frame_of(self, step: int) -> str:
        """Return the function in whose frame a step ran."""
        frame = self.steps[step].frame
        return "" if frame is None else self.frames[frame].function

    def raised_here(self, step: Step) -> bool:
        """Return whether an exception was raised in the frame of its step, and came out of nothing that this called."""
        if step.exception is None or step.frame is None:
            return False
        seen, frame = self.observation.trace.exceptions[step.exception], self.frames[step.frame]
        return seen.step == step.index and (seen.function, seen.file) == (frame.function, frame.file)

    def condition(self, step: Step, frame: Frame) -> bool | None:
        """Return whether an `if` or a loop went into its body; None for any other statement."""
        return entered_body(step, self.after(step), self.file(frame).bodies)

    def condition_text(self, step: Step, frame: Frame) -> str:
        """Return the condition of an `if` as its line spells it; "" where it is long or goes over several lines."""
        text = self.file(frame).conditions.get(step.line, "")
        return text if len(text) <= LONGEST_CONDITION and "`" not in text else ""

    def file(self, frame: Frame) -> ParsedFile:
        """Return what the syntax tree of the frame's file says."""
        if frame.file not in self._files:
            self._files[frame.file] = parse_file(frame.file)
        return self._files[frame.file]

    def statement(self, step: Step, frame: Frame) -> Statement | None:
        """Return the statement that a step ran; None where its source is not there."""
        return self.file(frame).statements.get(step.line)
