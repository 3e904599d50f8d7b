"""What the recorder writes while a call runs, and `replay` reads afterwards."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from types import FrameType
from typing import Any, Literal

from torch import nn

from explorer.capture.trace.code_plan import Plan
from explorer.capture.values.snapshot import Snapshot
from explorer.record import ChangeKind, FrameRole
from explorer.torch_source.statements import Statement

Tracer = Callable[[FrameType, str, Any], Any]
Changed = tuple[int, str, ChangeKind, Snapshot]  # place on the tape, name, how, what it is now

# What happened: "lookup" before the first frame; "call" where a frame began; a statement; "return"; or how a frame came
# to an exception, during which statement (None: before the first). "raise" is where it was raised, "pass" a frame that
# it went through. Most are statements: they stand for themselves, so that nothing is made for them.
TapeEntry = (
    Statement | Literal["lookup", "call", "return"] | tuple[Literal["raise", "pass"], Statement | None, Snapshot]
)
EntryKind = Literal["lookup", "call", "statement", "return", "raise", "pass"]


class TracedFrame:
    """What is known of a frame once it began."""

    __slots__ = (
        "call", "caller", "depth", "given", "module_class", "names", "opened", "path", "plan", "returned", "role",
        "statement",
    )  # fmt: skip

    plan: Plan
    role: FrameRole
    caller: TracedFrame | None
    call: Call | None
    path: str | None
    module_class: str | None
    depth: int
    opened: Call | None
    names: Sequence[str]  # of what it was given
    given: Sequence[Snapshot]  # what these were when it began
    statement: Statement | None  # the one that is running; None during the call step
    returned: Snapshot | None  # once it returned


def read_entry(happened: TapeEntry, mark: TracedFrame | None) -> tuple[EntryKind, Statement | None, Snapshot | None]:
    """What kind of thing happened in a frame, during which statement, and the value that goes with it."""
    if isinstance(happened, Statement):
        return "statement", happened, None
    if isinstance(happened, tuple):
        return happened
    if happened == "return" and mark is not None:
        return "return", mark.statement, mark.returned
    return happened, None, None


class Call:
    """A module call."""

    __slots__ = ("children", "first", "index", "last", "module", "module_class", "name", "number", "parent")

    def __init__(self, index: int, module: nn.Module, name: str, number: int, parent: int | None, first: int) -> None:
        self.index, self.name, self.number, self.parent = index, name, number, parent
        self.module: nn.Module | None = module  # while it is open
        self.module_class = type(module).__name__
        self.first = self.last = first
        self.children = bool(vars(module).get("_modules"))


# Where a call was when something happened in it: the step that was running; a number that grows with every statement,
# and with every turn of a comprehension inside one; the innermost open module call; whether a hook was running.
Position = tuple[int, int, Call | None, bool]
