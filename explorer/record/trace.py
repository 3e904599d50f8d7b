"""The statements that ran, and the frames that they ran in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from explorer.record.callees import Callee
from explorer.record.values import Change, Summary
from explorer.torch_source.phases import Phase

StepKind = Literal["lookup", "call", "statement", "return", "exception"]
# What a frame is: torch's `__call__` and what it goes through, a `forward`, a hook, the `backward` of an
# `autograd.Function`, `torch.nn.functional`, or anything else.
FrameRole = Literal["call path", "forward", "hook", "function", "functional", "other"]
# How a frame came to run. "called": it is what the statement of the calling frame called. "inside": what that statement
# called, or did (an operator, a property, a loop), led to it. "unknown": one of the two. "outermost": no traced frame
# called it.
FrameEntry = Literal["outermost", "called", "inside", "unknown"]
GeneratorKind = Literal["generator", "coroutine", "asynchronous generator"]
# At what a generator or a coroutine pauses. "await": at an `async for` or an `async with` too.
Pause = Literal["yield", "yield from", "await"]


class FramePart(NamedTuple):
    """Which part of a generator's or a coroutine's run a frame is: each time that it goes on is a frame of its own."""

    of: GeneratorKind  # generator, coroutine or asynchronous generator
    after: Pause | None  # the pause after which it goes on; None where it begins at its first line
    thrown: bool  # whether an exception is raised in it there from outside: `throw()`, or `close()`
    until: Pause | None = None  # the pause at which the part ends; None where the function ends with it


@dataclass(frozen=True, slots=True)
class Frame:
    """One call of a Python function."""

    index: int  # its place in `Trace.frames`
    function: str  # qualified name: "Module._call_impl", "CNN.forward"
    file: str  # as the code object gives it
    first_line: int  # of the function's source
    last_line: int  # the same
    module: str | None  # dotted path of the module it serves, "" for the outermost, None where there is none
    module_class: str | None  # the class of that module
    module_call: int | None  # 1 for the first call of that module in this run
    caller: int | None  # index of the calling frame
    depth: int  # 0 for the first frame
    role: FrameRole  # call path, forward, hook, function, functional or other
    entry: FrameEntry = "outermost"  # how it came to run: outermost, called, inside or unknown
    # What the statement of the calling frame called, where that is more than this function itself: the class that makes
    # an object, a partial, an object with a `__call__`, a function whose code is not shown. Otherwise None.
    through: Callee | None = None
    # Whether it is a module's `forward`, run past `Module.__call__`; `super().forward` is a part of what runs already.
    past_call: bool = False
    # The hooks that nothing looked at for that reason, by what they are: "forward hook", "global forward pre-hook", ...
    passed_hooks: tuple[str, ...] = ()
    part: FramePart | None = None  # of a generator's or a coroutine's run; None for any other function

    @property
    def goes_on(self) -> bool:
        """Whether a generator or a coroutine goes on in it, and does not begin."""
        return self.part is not None and (self.part.after is not None or self.part.thrown)

    @property
    def pauses(self) -> bool:
        """Whether a generator or a coroutine pauses at its end, and is not finished."""
        return self.part is not None and self.part.until is not None


@dataclass(frozen=True, slots=True)
class Step:
    """One statement's execution, or a call, return or exception of a frame."""

    index: int  # its place in `Trace.steps`
    kind: StepKind  # lookup, call, statement, return or exception
    frame: int | None  # index into `Trace.frames`; None for the lookup
    # The statement's first line; for call: the `def` line, or that of the pause after which a generator or a coroutine
    # goes on; for return: the line returned from.
    line: int
    end_line: int  # the statement's last line (of the header, for a compound statement)
    phase: Phase | None  # of `Module.__call__`; None where unknown
    level: Literal[1, 2, 3]  # shown from this detail on: 1 phases only, 2 the call path, 3 everything
    # What it changed; at a call step the arguments, as new names. Where a generator or a coroutine goes on, the names
    # that it has (held), and what the rest of the statement changed in which it had paused.
    changes: tuple[Change, ...] = ()
    # What a return step returned, or gave out at a pause; the exception at an exception step.
    value: Summary | None = None
    called: Callee | None = None  # what a statement of torch's `__call__` called that calls a hook or `forward`
    exception: int | None = None  # index into `Trace.exceptions` at an exception step


class SeenException(NamedTuple):
    """One exception object that came to a traced frame."""

    step: int  # index of the step at which it was seen first
    function: str  # the innermost function of its traceback by then: where it was raised, traced or not
    file: str  # the file of that function
    line: int  # the line that raised it
    # Index into `Trace.exceptions` of its `__cause__`; None where that was not seen, or there is none.
    cause: int | None
    context: int | None  # the same of its `__context__`: what was being handled when it was raised
    # The same of one that left a frame which this statement had entered, and that is neither of the two: code that is
    # not Python's took it, and this one was raised after it.
    follows: int | None
    # The same of the exception group whose exceptions this group has, or some of them: an `except*` handled the others.
    part_of: int | None = None
    members: int = 0  # how many exceptions it has, in groups within it too; 0 where it is no group
    raised_again: tuple[int, ...] = ()  # indexes of later steps that raised the same object anew


@dataclass(frozen=True, slots=True)
class Trace:
    """The call path of one run."""

    steps: Sequence[Step]  # in the order in which they ran
    frames: Sequence[Frame]  # in the order in which they began
    executed_lines: Mapping[str, frozenset[int]]  # {file: line numbers}, for every file the trace covers
    # Index of the first step of `backward()`, or of the one that would come next where it ran none; None without it.
    # Parts of the call may run again from there on, and their steps have the phases of a call.
    backward_from: int | None = None
    exceptions: Sequence[SeenException] = ()  # in the order in which they were seen first

    @property
    def end(self) -> int:
        """How many steps the call itself has, without those of `backward()`."""
        return len(self.steps) if self.backward_from is None else self.backward_from


@dataclass(frozen=True, slots=True)
class Lookup:
    """Python's own step before the first frame: where the type provides `__call__`."""

    type: str  # the class of the called object
    searched: tuple[str, ...]  # the classes of its method resolution order, qualified names
    provider: str | None  # the first whose __dict__ has `__call__`; None: nowhere, hence the TypeError
    attribute: str  # "__call__", or "forward" when the experiment calls `model.forward(x)`
    instance_attribute: bool  # True where the instance itself has an attribute of that name (ignored for `__call__`)
