"""The call that is being recorded: what has happened so far, and where it is now."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import FrameType, TracebackType
from typing import Any

import torch
from torch import Tensor, nn

from explorer.capture.callees.describe import CalledBySteps
from explorer.capture.callees.look_up import LookUp
from explorer.capture.trace.gaps import Gaps
from explorer.capture.trace.group_members import is_part, leaves_of
from explorer.capture.trace.tape import Changed, Position, TapeEntry, TracedFrame, TracedModuleCall
from explorer.capture.values.scripts import training_in_script
from explorer.capture.values.snapshots import Snapshots
from explorer.record import ScriptTraining, SeenException
from explorer.runtime.module_tree import newest_path
from explorer.runtime.plain_reads import is_a

REMEMBERED_EXCEPTIONS = 8
MANY_TURNS = 1 << 24  # more than a statement has
# Those of the base class: a class of the caller's may have properties of these names.
cause_of, context_of = BaseException.__dict__["__cause__"].__get__, BaseException.__dict__["__context__"].__get__


# Is given the tensors that a line may give other memory, None where it may be any; and whether the line has ended.
OnMove = Callable[[list[Tensor] | None, bool], None]
OnException = Callable[[BaseException, TracebackType | None], None]


class RunningCall:
    """What the frames and operations of one call write down; the recorder owns it.

    A trace function runs thousands of times, so its attributes are plain lists and counts.
    """

    __slots__ = (
        "_calls_of_module",
        "_seen",
        "attribute_changes",
        "called",
        "changes",
        "exceptions",
        "frames",
        "gaps",
        "grad_enabled",
        "hooks_running",
        "left_by",
        "look_up",
        "module_calls",
        "on_exception",
        "on_move",
        "paths",
        "raised_again",
        "rebinding_frames",
        "refused",
        "stack",
        "tape",
        "turn_of_frame",
        "turns",
        "values",
        "watched_buffers",
    )  # fmt: skip

    def __init__(self, values: Snapshots, paths: dict[int, str], watched_buffers: frozenset[int]) -> None:
        """paths: id of a module → its dotted path in the outermost one; added to.
        watched_buffers: ids of the buffers that are watched by content: an operation may write into one silently."""
        self.values, self.paths, self.watched_buffers = values, paths, watched_buffers
        self.attribute_changes = values.modules.changes  # those of modules: the very list
        self.tape: list[TapeEntry] = ["lookup"]
        self.frames: list[TracedFrame | None] = [None]  # for each entry of the tape, the frame in which it happened
        self.changes: list[Changed] = []
        self.module_calls: list[TracedModuleCall] = []
        self.stack: list[TracedFrame] = []  # the frames that are running, outermost first
        self.refused = False  # whether RecursionError was raised in a frame's name, and its traceback shows by what
        self.gaps = Gaps(self.tape, self.stack)
        self.hooks_running = 0
        self.turns = 0  # of frames that write no steps: comprehensions, and functions whose lines are not shown
        self.turn_of_frame: dict[int, int] = {}  # id of such a frame → its last one
        self.on_exception: OnException = _ignore  # called where a frame is told of an exception, often more than once
        self.on_move: OnMove = _ignore_move  # called before and after a line that may give a tensor other memory
        self.rebinding_frames = 0  # that began, or went on, and share names with another frame
        self.grad_enabled = torch.is_grad_enabled()  # as last told by a step
        self.called = CalledBySteps(paths)
        self.exceptions: list[SeenException] = []  # in the order in which they were seen first
        self.raised_again: dict[int, list[int]] = {}  # number of an exception → the steps that raised it anew
        # The last frame that an exception left: the frame that it served, the step of that, the exception's number.
        self.left_by: tuple[TracedFrame, int, int] | None = None
        self.look_up = LookUp()
        self._seen: list[tuple[BaseException, int]] = []  # the last ones, each with its number
        self._calls_of_module: dict[int, int] = {}  # id of a module → how often it was called

    def position(self) -> Position:
        """Return where the call is."""
        stack = self.stack
        call = stack[-1].module_call if stack else None
        return Position(len(self.tape) - 1, call, self.hooks_running > 0)

    def turn_of(self, frame: int) -> int:
        """Return a number that is another one whenever a frame may have come back to an instruction.

        A frame comes back by a jump back only, and Python tells that. frame: its id.
        """
        stack = self.stack
        if stack and stack[-1].frame_id == frame:
            return stack[-1].step * MANY_TURNS + stack[-1].turns
        if frame in self.turn_of_frame:
            return -self.turn_of_frame[frame]
        # Not the innermost where the frames that it called ended without a word.
        known = next((each for each in reversed(stack) if each.frame_id == frame), None)
        return known.step * MANY_TURNS + known.turns if known is not None else 0

    def take_turn(self, frame: FrameType) -> None:
        """Note that something happened in a frame that writes no steps."""
        self.turns += 1
        self.turn_of_frame[id(frame)] = self.turns

    def open_module_call(self, module: nn.Module, parent: TracedModuleCall | None) -> TracedModuleCall:
        """Record that a module is called by the step that comes next."""
        number = self._calls_of_module[id(module)] = self._calls_of_module.get(id(module), 0) + 1
        path, index = self.paths.get(id(module)), parent.index if parent else None
        if path is None and parent is not None and parent.registered and parent.module is not None:
            path = newest_path(parent.module, parent.path, module)
            if path is not None:  # the call keeps the module, and with it its id
                self.paths[id(module)] = path
        call = TracedModuleCall(len(self.module_calls), module, path, number, index, len(self.tape))
        self.module_calls.append(call)
        return call

    def is_open(self, module: nn.Module, call: TracedModuleCall | None) -> bool:
        """Return whether a call, or one that it runs in, is one of this module."""
        while call is not None and call.module is not module:
            call = None if call.parent is None else self.module_calls[call.parent]
        return call is not None

    def find_registered_since(self, modules: Mapping[str, nn.Module]) -> None:
        """Name the calls of modules that the call itself registered.

        modules: dotted path → what was registered there when the call was over; "" is what was called.
        """
        paths: dict[int, str] = {}
        for path, module in modules.items():
            paths.setdefault(id(module), path)
        late = {id(call): call for call in self.module_calls if not call.registered and id(call.module) in paths}
        for call in late.values():
            call.path, call.registered = paths[id(call.module)], True
        for frame in self.frames if late else ():
            call_of_frame = None if frame is None or frame.path is not None else late.get(id(frame.module_call))
            if frame is not None and call_of_frame is not None and frame.module_class == call_of_frame.module_class:
                frame.path = call_of_frame.path

    def read_scripts(self) -> None:
        """Note of each script that was called what it passes to operations that may draw."""
        found: dict[int, ScriptTraining] = {}
        for call in self.module_calls:
            module: Any = call.module
            if is_a(module, torch.jit.ScriptModule):
                if id(module) not in found:
                    found[id(module)] = training_in_script(module)
                call.script = found[id(module)]

    def forget_exceptions(self) -> None:
        """Keep none, and tell of none any more: both lead back to the run, which is to be gone with its record."""
        self._seen, self.on_exception, self.on_move = [], _ignore, _ignore_move

    def see_exception(self, exception: BaseException, traceback: TracebackType | None, follows: int | None) -> int:
        """Return the number of an exception. The frame that sees it first is where it was raised.

        The step that comes next is the one that sees it. follows: the number of the exception that left a frame which
        the same statement had entered; None where none did.
        """
        known = self._number(exception)
        if known is not None:
            return known
        number = len(self.exceptions)
        cause, context = self._number(cause_of(exception)), self._number(context_of(exception))
        leaves = leaves_of(exception)
        part_of = next((at for seen, at in reversed(self._seen) if is_part(exception, seen)), None) if leaves else None
        follows = None if follows in (cause, context, part_of) else follows
        function, file, line = _origin(traceback)
        at = len(self.tape)
        self.exceptions.append(SeenException(at, function, file, line, cause, context, follows, part_of, len(leaves)))
        # More than one is remembered: an exception may wait while a hook raises another and has it silenced.
        self._seen = [*self._seen[1 - REMEMBERED_EXCEPTIONS :], (exception, number)]
        return number

    def last_raise_of(self, exception: BaseException) -> int | None:
        """Return the last step that raised an exception; None where no traced frame saw it."""
        number = self._number(exception)
        return None if number is None else self.raised_again.get(number, [self.exceptions[number].step])[-1]

    def exception_seen(self, exception: BaseException) -> SeenException | None:
        """Return what is known of an exception; None where no traced frame saw it."""
        number = self._number(exception)
        return None if number is None else self.exceptions[number]

    def _number(self, exception: BaseException | None) -> int | None:
        return next((number for seen, number in self._seen if seen is exception), None)

    def is_exit(self, number: int) -> bool:
        """Return whether an exception is what closes a generator."""
        return any(at == number and is_a(seen, GeneratorExit) for seen, at in self._seen)

    def raises_after(self, step: int) -> bool:
        """Return whether the step after this one is an exception where it was raised."""
        after = self.tape[step + 1] if step + 1 < len(self.tape) else None
        return isinstance(after, tuple) and after.kind == "raise"


def _ignore(exception: BaseException, traceback: TracebackType | None) -> None:
    """Do nothing about an exception."""


def _ignore_move(tensors: list[Tensor] | None, ended: bool) -> None:
    """Do nothing about tensors that may lie elsewhere."""


def _origin(traceback: TracebackType | None) -> tuple[str, str, int]:
    """Return the innermost function of a traceback, its file, and the line that raised."""
    if traceback is None:
        return "", "", 0
    while traceback.tb_next is not None:
        traceback = traceback.tb_next
    code = traceback.tb_frame.f_code
    return code.co_qualname, code.co_filename, traceback.tb_lineno
