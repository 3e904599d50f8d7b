"""What a record does not have, and what it knows of that: where recording stopped, other threads, other processes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

# The recorder's trace function was not in place; one that was in place before the call and was set aside; a thread
# that the call started; work that it gave to a thread which was there before; a process that it started; code that
# has no text to be shown.
UnrecordedKind = Literal["gap", "set aside", "thread", "handed over", "process", "no source"]


@dataclass(frozen=True, slots=True)
class Unrecorded:
    """Something that ran, or may have, and is not among the steps."""

    kind: UnrecordedKind  # gap, set aside, thread, handed over, process or no source
    step: int  # index of the step that was running when it began
    until: int | None  # index of the step with which recording went on; None where it did not, or never stopped
    name: str  # of the function, the thread or the process
    cause: str  # for a gap: what took the recorder's trace function away; else ""
    lines: int | None  # how many lines of the caller's code ran there; None where that is not known
    functions: tuple[str, ...]  # in which functions; the first few
    others_go_on: bool  # for a gap: whether functions that had begun before it are recorded all the same
    operations: int  # of a gap: how many ran meanwhile, and are in the graph; of work: how often it was handed over
