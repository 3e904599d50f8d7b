"""The trace function of one frame."""

from __future__ import annotations

from opcode import opmap
from types import FrameType, TracebackType
from typing import Any, Literal

from torch import nn

from explorer.capture.callees.look_up import NOT_FOUND
from explorer.capture.trace.code_plan import EMPTY_MAPPING, CodePlan
from explorer.capture.trace.frame_changes import FrameChanges, is_grad_enabled
from explorer.capture.trace.generator_parts import YIELD_VALUE, hands_value_over, part_that_begins, pause_of
from explorer.capture.trace.recursion import cut_traceback, give_back, make_room
from explorer.capture.trace.running_call import RunningCall
from explorer.capture.trace.tape import ExceptionEntry, TracedFrame, TracedModuleCall, Tracer
from explorer.capture.values.summaries import summarize
from explorer.record import FrameRole
from explorer.runtime.plain_reads import name_of_class
from explorer.runtime.torch_private.operators import is_in_backward
from explorer.torch_source.role_callees import RoleCallee

_RETURNS = frozenset(opmap[name] for name in ("RETURN_VALUE", "RETURN_CONST") if name in opmap)
_ROLES_IN_BACKWARD: frozenset[FrameRole] = frozenset({"hook", "function", "other"})


class FrameTracer(FrameChanges):
    """Writes the steps of one frame to the tape: its call, its statements, its return and its exceptions."""

    __slots__ = ("last_exception", "last_instruction", "passing_exception", "trace")

    def __init__(
        self,
        running: RunningCall,
        frame: FrameType,
        plan: CodePlan,
        module: nn.Module | None,
        role: FrameRole,
        caller: TracedFrame | None,
        module_call: TracedModuleCall | None,
    ) -> None:
        """module: the one that the frame serves, where that is not the one of the module call."""
        self.running, self.plan, self.role, self.caller, self.module_call = running, plan, role, caller, module_call
        if module is None and module_call is not None:
            module = module_call.module
        if module is None:
            self.path = self.module_class = None
        else:
            self.path, self.module_class = running.paths.get(id(module)), name_of_class(type(module))
        self.depth = len(running.stack)
        self.argument_names, self.arguments = (), ()
        self.opened_call = self.through = self.part = self.resumed = None
        self.entry, self.is_hook, self.past_call, self.passed_hooks = "outermost", False, False, ()
        self.frame_id = id(frame)
        self.calling = NOT_FOUND
        self.tensors, self.containers, self.modules = {}, None, EMPTY_MAPPING
        self.attribute_changes_seen = len(running.attribute_changes)
        self.buffers, self.buffers_before = EMPTY_MAPPING, {}
        self.writes_seen = running.values.writes
        self.rebinding_frames_seen = running.rebinding_frames
        self.grad_before = is_grad_enabled()
        self.statement = self.returned = None
        self.last_instruction, self.turns = -1, 0
        self.passing_exception: BaseException | None = None  # on its way, until a handler's line runs
        self.last_exception: int | None = None  # the number of the last one that came to this frame
        self.trace: Tracer = self._trace
        self.step = len(running.tape)
        running.tape.append("call")
        running.frames.append(self)

    def begin_part(self, frame: FrameType) -> None:
        """See whether a generator or a coroutine goes on in the frame: then it does so in the middle of a statement."""
        self.part = part_that_begins(frame)
        if self.part.after is not None:
            self.resumed = self.statement = self.plan.statement_at(frame.f_lineno)
            self.last_instruction = frame.f_lasti

    def _trace(self, frame: FrameType, event: str, argument: Any) -> Tracer:
        try:
            if event == "line":
                plan, line = self.plan, frame.f_lineno
                try:
                    statement = plan.statement_of_line[line]
                except KeyError:
                    statement = plan.see_line(line)
                instruction = frame.f_lasti
                if plan.jumps_back:
                    instruction = plan.jumps_back.get(instruction, instruction)
                # A later line event of the same statement is not news, unless the statement starts over (a loop).
                if statement is not self.statement or instruction <= self.last_instruction:
                    running = self.running
                    if running.stack[-1] is not self:
                        running.gaps.note_ended_frames(self)
                    if self.statement is not None:
                        self.end_statement(frame, self.statement)
                    self.statement = statement
                    self.last_instruction = instruction
                    tape = running.tape
                    self.step = len(tape)
                    tape.append(statement)
                    running.frames.append(self)
                    if plan.role_callees:
                        self.calling = NOT_FOUND
                        if statement.first in plan.role_callees:
                            self._look_up_callee(plan.role_callees[statement.first])
                    if statement.may_set_unseen and plan.is_user_code:
                        self.meet_modules()
                else:  # a further line of it, or a further iteration of a comprehension or of a loop on one line
                    self.turns += 1
                self.passing_exception = None
            elif event == "return":
                running, trace = self.running, self.trace
                if running.stack[-1] is not self:
                    running.gaps.note_ended_frames(self)
                if self.statement is not None:
                    self.end_statement(frame, self.statement)
                if argument is not None or self._returns_none(frame):
                    self.returned = running.values.take(argument)
                    if self.part is not None:
                        self.part = self.part._replace(until=pause_of(frame))
                    running.tape.append("return")
                    running.frames.append(self)
                elif (
                    self.last_exception is not None and isinstance(self.caller, FrameChanges) and not self._is_closed()
                ):
                    running.left_by = self.caller, self.caller.step, self.last_exception
                self.leave()
                return trace
            elif (
                event == "exception"
                and argument[1] is not self.passing_exception
                and not (self.plan.pauses and hands_value_over(frame, argument[1]))
            ):
                if self.running.stack[-1] is not self:
                    self.running.gaps.note_ended_frames(self)
                if self.statement is not None:
                    self.end_statement(frame, self.statement)
                self._see_exception(argument[1], argument[2])
            return self.trace
        except AttributeError:
            if self.is_running():
                raise
            return _trace_no_more  # it was taken for ended, as another trace function was in its place

    def _see_exception(self, exception: BaseException, traceback: TracebackType | None) -> None:
        """Record that an exception was raised in this frame, or came to it."""
        self.passing_exception, running = exception, self.running
        if running.refused:
            running.refused = not cut_traceback(traceback)
        running.on_exception(exception, traceback)
        left = running.left_by
        follows = left[2] if left is not None and left[0] is self and left[1] == self.step else None
        known = len(running.exceptions)
        self.last_exception = number = running.see_exception(exception, traceback, follows)
        self.step = len(running.tape)
        kind: Literal["raise", "pass"] = "pass"
        if number == known:
            kind = "raise"
        elif not self._came_from_below(number, traceback):
            kind = "raise"
            running.raised_again.setdefault(number, []).append(self.step)
        running.tape.append(ExceptionEntry(kind, self.statement, summarize(exception), number))
        running.frames.append(self)

    def _came_from_below(self, number: int, traceback: TracebackType | None) -> bool:
        """Return whether an exception comes out of a frame that this one led to: otherwise it is raised again."""
        running = self.running
        before = running.frames[-1]
        if not isinstance(before, FrameTracer) or before.caller is not self or running.tape[-1] == "return":
            return False
        if before.last_exception == number:
            return True
        below = None if traceback is None else traceback.tb_next  # a bare `raise` has no event of its own
        return below is not None and id(below.tb_frame) == before.frame_id

    def _look_up_callee(self, callee: RoleCallee) -> None:
        """Find the hook or the `forward` that a statement of torch's `__call__` is about to call."""
        running = self.running
        self.calling = called = running.look_up.follow(callee.path, self.locals_before, EMPTY_MAPPING)
        if called is not NOT_FOUND:
            running.called.add(self.step, called)

    def make_room_first(self) -> Tracer:
        """Return the trace function of a frame that stands near Python's recursion limit."""
        self.trace = self._trace_with_room
        return self.trace

    def _trace_with_room(self, frame: FrameType, event: str, argument: Any) -> Tracer:
        following = self.trace  # as of now: a frame that ends deletes it
        limit = make_room()
        try:
            self._trace(frame, event, argument)
        finally:
            give_back(limit)
        return following

    def _returns_none(self, frame: FrameType) -> bool:
        """Return whether a frame that ends with None returned it; an exception that leaves differs in the opcode only.

        A `finally`, a `with` and a bare `raise` let an exception go on without another event.
        """
        opcode = frame.f_code.co_code[frame.f_lasti]
        return opcode in _RETURNS or (opcode == YIELD_VALUE and self.passing_exception is None)

    def _is_closed(self) -> bool:
        """Return whether the frame is that of a generator that `close()` ends: no later exception follows from that."""
        number = self.last_exception
        return self.part is not None and self.part.thrown and number is not None and self.running.is_exit(number)

    def is_running(self) -> bool:
        """Return whether the frame has not ended."""
        return hasattr(self, "running")

    def leave(self) -> None:
        """End the frame, which is the innermost one that is running."""
        running = self.running
        running.stack.pop()
        if self.is_hook:
            running.hooks_running -= 1
        if self.opened_call is not None:
            self.opened_call.last = len(running.tape) - 1
        if self.role in _ROLES_IN_BACKWARD and is_in_backward():
            # Autograd takes a gradient over as it is only where nothing else keeps it.
            running.values.read_waiting()
        # An exception and the tape keep this object, but nothing through it.
        self.containers, self.modules, self.buffers, self.passing_exception = None, EMPTY_MAPPING, EMPTY_MAPPING, None
        self.calling = NOT_FOUND
        self.locals_before = {}  # which a frame that it called may still ask for, where the stack is not tidy
        del self.running, self.trace, self.tensors, self.buffers_before


def _trace_no_more(frame: FrameType, event: str, argument: Any) -> None:
    """Trace nothing of a frame."""
