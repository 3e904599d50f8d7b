"""What ran: one call, recorded with `sys.settrace`.

A trace function leaves the path it watches alone, where a hook or a patched `__call__` would switch
`Module._call_impl` to another branch. Line events are merged into statements, `Module.__getattr__` and
comprehensions are folded into the statement that they belong to, and at the end of each statement the frame's
locals are compared with what they were.

While the call runs, only a tape of what happened is written, for a trace function runs thousands of times; `replay`
makes the steps and frames of it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import CodeType, FrameType
from typing import Any

import torch
from torch import nn

from explorer.capture.trace.autograd_frames import by_autograd, role_in_backward
from explorer.capture.trace.code_plan import NOTHING, Plan
from explorer.capture.trace.compiler_frames import Compiling, compiles
from explorer.capture.trace.dispatch_mode_loop import asks_for_modes, ignoring_ours
from explorer.capture.trace.frame_tracer import FrameTracer
from explorer.capture.trace.getattr_frames import Getattr
from explorer.capture.trace.scope import Scope
from explorer.capture.trace.tape import Call, Changed, Position, TapeEntry, TracedFrame, Tracer
from explorer.capture.values.snapshot import TensorSnapshot
from explorer.capture.values.snapshots import Snapshots
from explorer.record import FrameRole
from explorer.torch_source.edited_files import up_to_date

HOOK_PHASES = ("pre-hooks", "hooks", "exception")


class Recorder:
    """Records one call on this thread. Use once."""

    def __init__(self, scope: Scope, paths: Mapping[int, str], buffers: Mapping[int, TensorSnapshot] = NOTHING) -> None:
        """paths: id of a module → its dotted path in the outermost one.
        buffers: id of a buffer that is watched by content → what it was."""
        self.values = Snapshots(paths, buffers)
        self.watched = frozenset(buffers)
        self.tape: list[TapeEntry] = ["lookup"]
        self.marks: list[TracedFrame | None] = [None]  # the frame in which each of these happened
        self.changes: list[Changed] = []
        self.calls: list[Call] = []
        self.stack: list[FrameTracer] = []
        self.hooks_running = 0
        self.turns = 0  # of comprehensions inside a statement
        self.closures = 0  # frames that began, or went on, and share names with another frame
        self.grad = torch.is_grad_enabled()
        self.executed: dict[str, set[int]] = {}
        self.outdated: set[str] = set()  # files that were changed after what ran was loaded
        self.backward_from: int | None = None  # place on the tape where the call was over and `backward()` began
        self._scope, self.paths = scope, paths
        self._raised: list[tuple[BaseException, int]] = []  # exceptions, and the steps that saw them first
        self._plans: dict[int, Plan | Getattr | Tracer | None] = {}  # by id of the code object
        self._codes: list[CodeType] = []  # kept, so that an id stays its own
        self._counts: dict[int, int] = {}

    def trace(self, frame: FrameType, event: str, argument: Any) -> Tracer | None:
        """The global trace function: called for every new frame of the thread."""
        code = frame.f_code
        try:
            plan = self._plans[id(code)]
        except KeyError:
            plan = self._plan(code)
        if plan is None:  # of most frames: torch's own, below what is shown
            return None
        if type(plan) is Plan:
            return self._enter(frame, plan)
        if type(plan) is Getattr:
            return plan.trace(frame)
        return plan  # type: ignore[return-value]

    def begin_backward(self) -> None:
        """The call is over; what follows runs inside `loss.backward()`."""
        self.backward_from = len(self.tape)

    def position(self) -> Position:
        """Where the call is."""
        tape, stack = self.tape, self.stack
        return len(tape) - 1, len(tape) + self.turns, stack[-1].call if stack else None, self.hooks_running > 0

    def raised_after(self, step: int) -> bool:
        """Whether the step after this one is an exception where it was raised."""
        after = self.tape[step + 1] if step + 1 < len(self.tape) else None
        return isinstance(after, tuple) and after[0] == "raise"

    def leave(self, frame: FrameTracer) -> None:
        """A frame ended: it is not the current one any more."""
        if self.stack and self.stack[-1] is frame:
            self.stack.pop()
        if frame.role == "hook":
            self.hooks_running -= 1
        if frame.opened is not None:
            frame.opened.last = len(self.tape) - 1
        # An exception and the tape keep frames, but nothing through them.
        frame.containers, frame.buffers, frame.raised = None, NOTHING, None
        frame.kept = {}  # which a frame that it called may still ask for, where the stack is not tidy
        del frame.recorder, frame.trace, frame.looks, frame.held

    def note_exception(self, raised: BaseException) -> bool:
        """Whether this exception is seen for the first time: the frame that sees it is where it was raised."""
        if self.raised_at(raised) is not None:
            return False
        # The last few only: an exception may wait while a hook raises another and has it silenced.
        self._raised = [*self._raised[-7:], (raised, len(self.tape))]
        return True

    def raised_at(self, exception: BaseException) -> int | None:
        """Index of the step at which this exception was first seen; None where no traced frame saw it."""
        return next((step for raised, step in self._raised if raised is exception), None)

    def _plan(self, code: CodeType) -> Plan | Getattr | Tracer | None:
        plan: Plan | Getattr | Tracer | None = None
        if self._scope.covers(code.co_filename):
            plan = self._planned(code)
        elif compiles(code):
            plan = Compiling()
        self._plans[id(code)] = plan
        self._codes.append(code)
        return plan

    def _planned(self, code: CodeType) -> Plan | Getattr | Tracer | None:
        """For code in the trace's scope."""
        if not up_to_date(code):
            self.outdated.add(code.co_filename)
            return None
        tick = self.executed.setdefault(code.co_filename, set()).add
        plan = Plan(code, tick)
        if not plan.fold:
            return plan
        if plan.getattr:
            return Getattr(code, self.executed[code.co_filename])
        return ignoring_ours(tick) if asks_for_modes(code) else self._comprehension(tick)

    def _comprehension(self, tick: Callable[[int], None]) -> Tracer:
        """A trace function that only marks lines, and counts turns."""

        def fold(frame: FrameType, event: str, argument: Any) -> Tracer:
            if event == "line":
                tick(frame.f_lineno)
                self.turns += 1
                self.closures += 1
            return fold

        return fold

    def _enter(self, frame: FrameType, plan: Plan) -> Tracer:
        stack = self.stack
        caller = stack[-1] if stack else None
        names = frame.f_locals
        if plan.rebinds:
            self.closures += 1
        module = names.get("self") if plan.has_self else None
        if module is not None and not isinstance(module, nn.Module):
            module = None
        role: FrameRole = "functional" if plan.functional else "other"
        if plan.call_path:
            role = "call path"
        else:
            phase = None
            if caller is not None and caller.plan.call_path and caller.statement is not None:
                phase = caller.plan.phases.get(caller.statement.first)
            if phase in HOOK_PHASES and not plan.forward:
                role = "hook"
            elif phase == "forward" or (plan.forward and module is not None):
                role = "forward"
            elif self.backward_from is not None and not plan.functional and by_autograd(caller):
                role = role_in_backward(frame, plan.own)
                if role == "hook":  # it serves the module that it is given
                    given = names.get(plan.code.co_varnames[0]) if plan.code.co_argcount else None
                    module = given if isinstance(given, nn.Module) else None
        call = opened = caller.call if caller is not None else None
        if module is not None and (
            plan.opens or (role == "forward" and (call is None or call.module is not module))
        ):  # fmt: skip
            call = self._open(module, call)
        entered = FrameTracer(self, plan, module, role, caller, call)
        if call is not opened:
            entered.opened = call
        if role == "forward" and module is not None:
            entered.buffers = vars(module).get("_buffers", NOTHING)  # none where `super().__init__()` was left out
        elif role == "hook":
            self.hooks_running += 1
        stack.append(entered)
        entered.arguments(names)
        if entered.grad is not self.grad:  # switched before the frame began, by autograd or a decorator
            entered.grad_mode_moved()
        return entered.trace

    def _open(self, module: nn.Module, parent: Call | None) -> Call:
        number = self._counts[id(module)] = self._counts.get(id(module), 0) + 1
        name = self.paths.get(id(module), "")
        call = Call(len(self.calls), module, name, number, parent.index if parent else None, len(self.tape))
        self.calls.append(call)
        return call
