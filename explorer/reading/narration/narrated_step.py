"""A statement of `Module.__call__` with what is known around it: what its sentence is chosen by."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from explorer.record import Frame, Step, Summary
from explorer.torch_source.roles import StatementRole


@dataclass(frozen=True, slots=True)
class NarratedStep:
    """A step of `_wrapped_call_impl`, `_call_impl`, its `inner`, or `_slow_forward`."""

    step: Step
    frame: Frame
    role: StatementRole | None  # None for a call or a return, and where torch's statement is of an unknown shape
    next_step: Step | None  # of the same frame
    entered: Frame | None  # the frame of what the statement called, where it is in the trace
    entered_returned: Summary | None  # what that frame returned; None where it raised
    condition: bool | None  # of an `if`: whether it was true; of a loop: whether it goes round again; else None
    raised_here: bool  # whether the exception that ended the statement came out of no function that it called
    binds: tuple[str, ...]  # the names that the statement may bind
    local_values: Mapping[str, Summary]  # what the frame's names stand for after the statement, as far as it was seen
    future_tense: bool = False  # say it as of the call that the statement makes, when what comes of it is still ahead
    in_backward: bool = False  # whether `backward()` has begun

    @property
    def raises(self) -> bool:
        """Whether the statement did not get to its end."""
        return self.next_step is not None and self.next_step.kind == "exception"

    def change(self, name: str) -> Summary | None:
        """Return what a name became by this statement; None where it stayed as it was."""
        return next((change.value for change in self.step.changes if change.name == name), None)

    def new_value(self, name: str) -> str:
        """Return the end of a sentence, as ": float32 [1, 10]", with what a name became; "" where it stayed."""
        value = self.change(name)
        return f": {value.text}" if value is not None else ""

    def bindings(self) -> str:
        """Return a sentence on what each changed name holds from here on; "" where none changed."""
        now = "will be" if self.future_tense else "is now"
        parts = [f"`{change.name}` {now} {change.value.text}" for change in self.step.changes]
        return f"{' and '.join(parts)}." if parts else ""


@dataclass(frozen=True, slots=True)
class Alternatives:
    """The two sentences of a condition."""

    if_true: str
    if_false: str

    def __call__(self, at: NarratedStep) -> str:
        """Return the sentence for the way that was taken; "" where the condition itself raised."""
        return "" if at.condition is None else self.if_true if at.condition else self.if_false


Sentence = str | Callable[[NarratedStep], str]  # a sentence, or what makes it from a step; "" where it has none
Sentences = Mapping[StatementRole, Sentence]


def sentence_of(at: NarratedStep, sentences: Sentences) -> str:
    """Return the sentence for the step's role; "" where there is none for it."""
    sentence = sentences.get(at.role, "") if at.role is not None else ""
    return sentence if isinstance(sentence, str) else sentence(at)
