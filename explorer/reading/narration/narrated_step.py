"""A step of `Module.__call__` with what is known around it: what its sentence is chosen by."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from explorer.record import Frame, Step, Summary


@dataclass(frozen=True, slots=True)
class NarratedStep:
    """One statement of `_wrapped_call_impl`, `_call_impl`, its `inner`, or `_slow_forward`."""

    step: Step
    frame: Frame
    text: str  # the statement's source on one line
    after: Step | None  # the next step of the same frame
    entered: Frame | None  # the frame that begins with the next step, if one does
    returned: Summary | None  # what that frame returned; None where it raised
    holds: bool | None  # of an `if`: whether its condition held; of a loop: whether it goes round again
    names: Mapping[str, Summary]  # what the frame's names stand for after the statement, as far as it was seen
    ahead: bool = False  # told as of the call that the statement makes: what comes of it is still to come
    going_back: bool = False  # `backward()` has begun

    @property
    def raises(self) -> bool:
        """Whether the statement did not get to its end."""
        return self.after is not None and self.after.kind == "exception"

    def change(self, name: str) -> Summary | None:
        """What a name became by this statement; None where it stayed as it was."""
        return next((change.value for change in self.step.changes if change.name == name), None)

    def starts(self) -> str:
        """What each changed name holds from here on; "" where none changed."""
        now = "will be" if self.ahead else "is now"
        said = [f"`{change.name}` {now} {change.value.text}" for change in self.step.changes]
        return f"{' and '.join(said)}." if said else ""

    def choose(self, held: str, failed: str) -> str:
        """The sentence for the way that was taken; "" where the condition itself raised."""
        return "" if self.holds is None else held if self.holds else failed
