"""What a record does not have, and what it knows of that: where recording stopped, other threads, other processes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

# The recorder's trace function was not in place; one that was in place before the call and was set aside; a thread
# that the call started; work that it gave to a thread which was there before; a process that it started; a
# function that names something which starts a thread or a process unseen; code that has no text to be shown.
UnrecordedKind = Literal["gap", "set aside", "thread", "handed over", "process", "may start", "no source"]


@dataclass(frozen=True, slots=True)
class Unrecorded:
    """Something that ran, or may have, and is not among the steps."""

    kind: UnrecordedKind  # gap, set aside, thread, handed over, process, may start or no source
    step: int  # index of the step that was running when it began
    name: str  # of the function, the thread or the process
    until: int | None = None  # of a gap: index of the step with which recording went on; None where it did not
    cause: str = ""  # of a gap: what took the recorder's trace function away, as far as that is known
    others_go_on: bool = False  # of a gap: whether functions that had begun before it are recorded all the same
    operations: int | None = 0  # of a gap: how many ran meanwhile, and are in the graph; None where not known
    # Of a thread: how many of the caller's ran, None if that is not known; of no source: how many it has.
    lines: int | None = None
    functions: tuple[str, ...] = ()  # of a thread: the first few of the caller's that ran; of may start: which it names
    still_ran: bool = False  # of a thread: whether it still ran when the call ended
    times: int = 0  # of work that was handed over: how often
    file: str = ""  # of no source: what Python gives as the file
