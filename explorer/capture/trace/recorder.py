"""What ran: one call, recorded with `sys.settrace`.

A trace function leaves the path that it watches alone, where a hook or a patched `__call__` would switch
`Module._call_impl` to another branch. Line events are merged into statements, `Module.__getattr__` and
comprehensions are folded into the statement that they belong to, and at the end of each statement the frame's
locals are compared with what they were.

While the call runs, only a tape of what happened is written, for a trace function runs thousands of times; `replay`
makes the steps and frames of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import CodeType, FrameType
from typing import Any

from torch import nn

from explorer.capture.trace.beside.given_warnings import GivenWarnings
from explorer.capture.trace.beside.named_starts import named_start
from explorer.capture.trace.beside.other_threads import OtherThreads
from explorer.capture.trace.beside.watched_functions import FunctionWatch, watched_name
from explorer.capture.trace.code_plan import EMPTY_MAPPING, RUNS_IN_FORWARD, CodePlan
from explorer.capture.trace.frame_entries import FrameEntries, hooks_of
from explorer.capture.trace.frame_owners import first_argument, owner_of
from explorer.capture.trace.frame_roles import FrameRoles
from explorer.capture.trace.frame_tracer import FrameTracer
from explorer.capture.trace.moves import may_move
from explorer.capture.trace.near_limit import NearLimit
from explorer.capture.trace.recursion import LADDER, RecursionRoom, give_back, make_room
from explorer.capture.trace.running_call import RunningCall
from explorer.capture.trace.scope import Scope, is_generated_by_caller
from explorer.capture.trace.special_frames.autograd_frames import called_by_autograd
from explorer.capture.trace.special_frames.compiler_frames import TracingSuspended, begins_compiling
from explorer.capture.trace.special_frames.comprehension_frames import ComprehensionTracer
from explorer.capture.trace.special_frames.dispatch_mode_loop import ModeLoopTracer, loops_over_modes
from explorer.capture.trace.special_frames.getattr_frames import GetattrTracer
from explorer.capture.trace.special_frames.moving_frames import MovingFrame
from explorer.capture.trace.special_frames.settrace_frames import SetterFrame
from explorer.capture.trace.tape import Tracer
from explorer.capture.values.attribute_marks import marks_of
from explorer.capture.values.snapshot import TensorSnapshot
from explorer.capture.values.snapshots import Snapshots
from explorer.record.unrecorded import Unrecorded
from explorer.runtime.plain_reads import is_a, state_of_module
from explorer.runtime.plain_tensors import plain_registry
from explorer.torch_source.edited_files import is_up_to_date
from explorer.torch_source.files import is_torch_file

Plan = CodePlan | GetattrTracer | FunctionWatch | Tracer


class Recorder:
    """Records one call on this thread. Use once."""

    def __init__(
        self, scope: Scope, paths: dict[int, str], buffers: Mapping[int, TensorSnapshot] = EMPTY_MAPPING
    ) -> None:
        """paths: id of a module → its dotted path in the outermost one.
        buffers: id of a buffer that is watched by content → what it was."""
        self.running = RunningCall(Snapshots(buffers), paths, frozenset(buffers))
        self.executed: dict[str, set[int]] = {}  # file → its lines that ran
        self.edited_files: set[str] = set()  # that were changed after what ran was loaded
        self.backward_from: int | None = None  # index of the first step of `backward()`
        self.room = RecursionRoom()
        self.warnings = GivenWarnings(self.running)
        self.threads = OtherThreads(self.running, scope)
        self.without_source: dict[tuple[str, str], Unrecorded] = {}  # by file and name of the function
        self._scope, self._entries = scope, FrameEntries(paths, self.running.look_up)
        self._roles = FrameRoles(self.running, self._entries)
        self._near_limit = NearLimit(self.room, self.running)
        self._plans: dict[int, Plan | None] = {}  # by id of the code object
        self._codes: list[CodeType] = []  # kept, so that no other code object gets the id of one of these

    def trace(self, frame: FrameType, event: str, argument: Any) -> Tracer | None:
        """Trace a frame that begins; this is the thread's global trace function.

        Raises RecursionError in a frame that a bare call would not have let begin.
        """
        is_near = False
        try:
            isinstance(None, LADDER)
        except RecursionError:
            is_near = True
        if is_near:  # outside of the handler: what is raised must have no exception of ours as its context
            return self._near_limit.trace(frame, self.trace)
        code = frame.f_code
        try:
            plan = self._plans[id(code)]
        except KeyError:
            limit = make_room()  # to read its file
            try:
                plan = self._plan(code, frame.f_globals)
            finally:
                give_back(limit)
            if "getrecursionlimit" in code.co_names:
                self.room.show_limit()
        if plan is None:  # of most frames: torch's own, below what is shown
            return None
        if type(plan) is CodePlan:
            return self._enter(frame, plan)
        if type(plan) is GetattrTracer or type(plan) is FunctionWatch:
            return plan.trace(frame)
        return plan  # type: ignore[return-value]

    def begin_backward(self) -> None:
        """Record that the call is over; what follows runs inside `loss.backward()`."""
        self.backward_from = len(self.running.tape)

    def _plan(self, code: CodeType, names: Mapping[str, Any]) -> Plan | None:
        """Return how to trace the frames of code that is met for the first time; None for not at all.

        names: the globals of its module.
        """
        plan: Plan | None = None
        if watched_name(code) is not None:
            plan = self._watch(code)
        elif self._scope.covers(code.co_filename):
            plan = self._plan_in_scope(code)
            if not is_torch_file(code.co_filename):
                start = named_start(code, names, len(self.running.tape))
                self.threads.found += [start] if start is not None else []
        elif begins_compiling(code):
            plan = TracingSuspended()
        elif may_move(code):
            plan = self._watch_moves
        elif is_generated_by_caller(code, names):
            self._note_missing_source(code)
        self.running.gaps.meet(code)
        self._plans[id(code)] = plan
        self._codes.append(code)
        return plan

    def _watch_moves(self, frame: FrameType, event: str, argument: Any) -> Tracer:
        return MovingFrame(self.running, frame, None, None).trace

    def _watch(self, code: CodeType) -> FunctionWatch:
        threads = self.threads
        return FunctionWatch(
            {
                "_showwarnmsg": self.warnings.look_at,
                "Thread.start": threads.thread_starts,
                "ThreadPoolExecutor.submit": threads.work_is_handed_over,
                "BaseProcess.start": threads.process_starts,
                "Popen.__init__": threads.process_starts,
            }[code.co_qualname]
        )

    def _note_missing_source(self, code: CodeType) -> None:
        """Note a function that runs and whose text cannot be shown."""
        step, lines = len(self.running.tape), len({line for _, _, line in code.co_lines() if line}) - 1
        missing = Unrecorded("no source", step, code.co_qualname, lines=lines, file=code.co_filename)
        self.without_source.setdefault((code.co_filename, code.co_qualname), missing)

    def _plan_in_scope(self, code: CodeType) -> Plan | None:
        if not is_up_to_date(code):
            self.edited_files.add(code.co_filename)
            return None
        mark_executed = self.executed.setdefault(code.co_filename, set()).add
        plan = CodePlan(code, mark_executed)
        if not plan.statements:
            self._note_missing_source(code)
        if not plan.is_folded:
            return plan
        if plan.is_module_getattr:
            return GetattrTracer(code, self.executed[code.co_filename])
        if loops_over_modes(code):
            return ModeLoopTracer(mark_executed)
        return ComprehensionTracer(self.running, mark_executed)

    def _enter(self, frame: FrameType, plan: CodePlan) -> Tracer:
        """Record that a frame begins, and return its trace function."""
        running = self.running
        stack = running.stack
        caller = stack[-1] if stack else None
        names = frame.f_locals
        if plan.rebinds_names:
            running.rebinding_frames += 1
        module, holding = owner_of(plan, names)
        entry = self._entries.entry(frame, plan, caller, module)
        if caller is not None and caller.plan.spells_forward and holding not in RUNS_IN_FORWARD:
            owner = self._entries.spelled_owner(frame, caller)
            if owner is not None:
                module, holding = owner, "forward"
        role = self._roles.role(frame, plan, caller, holding, entry, self.backward_from is not None)
        if role == "hook" and self.backward_from is not None and called_by_autograd(caller):
            first = first_argument(plan, names)
            module = first if is_a(first, nn.Module) else None  # it serves the module that it is given
        outer = call = caller.module_call if caller is not None else None
        if module is not None and (
            plan.opens_module_call or (role == "forward" and self._roles.opens_call(module, holding, plan, outer))
        ):
            call = running.open_module_call(module, outer)
        if module is not None and (plan.sets_attributes or plan.opens_module_call):
            running.values.modules.look(module, running.values.take)
        entered = FrameTracer(running, frame, plan, module, role, caller, call)
        entered.entry, entered.through = entry
        if module is not None and plan.sets_attributes:
            entered.modules, entered.marks = {"self": module}, marks_of(module, names.get("name"))
        if call is not outer:
            entered.opened_call = call
        if role == "forward" and module is not None:
            if first_argument(plan, names) is module and not plan.first_is_starred:
                entered.buffers = plain_registry(state_of_module(module).get("_buffers"))
            begun_by_torch = caller is not None and caller.calls("forward") and (entry.how == "called" or call is outer)
            if not begun_by_torch and self._roles.runs_past_call(frame, plan, entered, holding):
                entered.past_call, entered.passed_hooks = True, hooks_of(module)
        elif role == "hook" or (plan.opens_module_call and caller is not None and caller.calls("hook")):
            entered.is_hook = True  # or a module that is one
            running.hooks_running += 1
        if plan.pauses:
            entered.begin_part(frame)
        stack.append(entered)
        entered.record_arguments(names)
        if entered.grad_before is not running.grad_enabled:  # switched before the frame began, by a decorator say
            entered.record_grad_mode()
        if plan.may_set_tracer:
            return SetterFrame(entered, running, frame).trace
        return MovingFrame(running, frame, entered, entered.trace).trace if plan.moves_tensors else entered.trace
