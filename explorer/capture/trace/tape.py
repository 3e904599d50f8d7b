"""What is written down while a call runs, and what `replay` reads afterwards."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from types import FrameType
from typing import Any, Final, Literal, NamedTuple

import torch
from torch import nn

from explorer.capture.trace.code_plan import CodePlan
from explorer.capture.values.snapshot import Snapshot
from explorer.record import Callee, ChangeKind, FrameEntry, FramePart, FrameRole, ScriptTraining, Summary
from explorer.runtime.plain_reads import is_a, name_of_class, state_of_module
from explorer.runtime.plain_tensors import plain_registry
from explorer.torch_source.role_callees import CalledRole
from explorer.torch_source.statements import Statement

Tracer = Callable[[FrameType, str, Any], Any]  # a trace function, as `sys.settrace` takes it
# A change: index of the step on the tape, the name that changed, how, what it is now. A plain tuple, as a call of a
# large model has thousands.
Changed = tuple[int, str, ChangeKind, Snapshot]


class ExceptionEntry(NamedTuple):
    """How a frame came to an exception."""

    kind: Literal["raise", "pass"]  # it was raised in this frame, or went through it
    statement: Statement | None  # during which statement; None before the first
    exception: Summary
    number: int  # of the exception object, in the order in which they were seen first


# What happened: "lookup" before the first frame; "call" where a frame began; a statement; "return"; or an exception.
# Most are statements: they stand for themselves, so that nothing is made for them.
TapeEntry = Statement | Literal["lookup", "call", "return"] | ExceptionEntry
EntryKind = Literal["lookup", "call", "statement", "return", "raise", "pass"]


class TracedFrame:
    """What is known of a frame once it began."""

    __slots__ = (
        "argument_names", "arguments", "caller", "calling", "depth", "entry", "frame_id", "is_hook", "module_call",
        "module_class", "opened_call", "part", "passed_hooks", "past_call", "path", "plan", "resumed", "returned",
        "role", "statement", "through", "turns",
    )  # fmt: skip

    plan: CodePlan
    role: FrameRole
    entry: FrameEntry  # how it came to run
    through: Callee | None  # what the calling statement called, where that is more than this function
    is_hook: bool  # whether a hook runs until it ends
    past_call: bool  # whether it is a module's `forward` that runs past `__call__`
    passed_hooks: tuple[str, ...]  # that were not looked at for that reason
    part: FramePart | None  # of a generator's or a coroutine's run
    resumed: Statement | None  # the statement in which it goes on after a pause
    frame_id: int  # of Python's own frame object, while it runs
    calling: Any  # the hook or `forward` that a statement of torch's `__call__` calls; `NOT_FOUND` at any other
    caller: TracedFrame | None
    module_call: TracedModuleCall | None  # the innermost one that it runs in
    opened_call: TracedModuleCall | None  # the one that began with this frame
    path: str | None  # dotted path of the module that it serves
    module_class: str | None
    depth: int  # 0 for the first frame
    argument_names: Sequence[str]
    arguments: Sequence[Snapshot]  # what these were when the frame began
    statement: Statement | None  # the one that is running; None during the call step
    returned: Snapshot | None  # once it returned
    step: int  # index of its last one so far
    turns: int  # how often a statement of it went on at a further line, or came round again in a loop on one line

    def calls(self, role: CalledRole) -> bool:
        """Return whether the statement that runs is one of torch's `__call__` that calls a hook, or `forward`."""
        callees, statement = self.plan.role_callees, self.statement
        callee = callees.get(statement.first) if callees and statement is not None else None
        return callee is not None and callee.role == role

    def leave(self) -> None:
        """End the frame: it is not the current one any more."""
        raise NotImplementedError


class WrappedTrace:
    """A trace function of a frame around the one that writes the steps."""

    __slots__ = ("entered",)

    entered: TracedFrame


def read_entry(entry: TapeEntry, frame: TracedFrame | None) -> tuple[EntryKind, Statement | None, Snapshot | None]:
    """Return what kind of thing happened in a frame, during which statement, and the value that goes with it."""
    if isinstance(entry, Statement):
        return "statement", entry, None
    if isinstance(entry, ExceptionEntry):
        return entry.kind, entry.statement, entry.exception
    if entry == "return" and frame is not None:
        return "return", frame.statement, frame.returned
    return entry, None, None


class TracedModuleCall:
    """One call of one module."""

    __slots__ = (
        "first", "has_children", "index", "last", "module", "module_class", "number", "parent", "path", "registered",
        "script", "training",
    )  # fmt: skip

    def __init__(
        self, index: int, module: nn.Module, path: str | None, number: int, parent: int | None, first: int
    ) -> None:
        """path: the module's dotted path; None where it is not registered.
        number: 1 for the module's first call. parent: index of the enclosing call.
        first: index of its first step."""
        self.index, self.path, self.number, self.parent = index, path or "", number, parent
        self.registered = path is not None
        self.module: nn.Module | None = module  # until the record is made
        self.module_class = name_of_class(type(module))
        self.first = self.last = first
        state = state_of_module(module)
        # No property of the caller's class runs; a script keeps its flag elsewhere.
        training = module.training if is_a(module, torch.jit.ScriptModule) else state.get("training")
        self.training: bool | None = training if type(training) is bool else None
        self.script: ScriptTraining | None = None  # found when the call is over
        self.has_children = bool(plain_registry(state.get("_modules")))


# Where a frame stood: its id, its instruction, and its turn, which is another one whenever the frame may have come back
# to that instruction.
CallPlace = tuple[int, int, int]
NOWHERE: Final[CallPlace] = (0, 0, 0)


class Position(NamedTuple):
    """Where a call was when something happened in it."""

    step: int  # index of the step that was running
    module_call: TracedModuleCall | None  # the innermost open one
    in_hook: bool  # whether a hook was running
