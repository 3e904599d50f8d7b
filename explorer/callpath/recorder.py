"""What ran: one call, recorded with `sys.settrace`.

A trace function leaves the path it watches alone, where a hook or a patched `__call__` would switch
`Module._call_impl` to another branch. Line events are merged into statements, `Module.__getattr__` and
comprehensions are folded into the statement that they belong to, and at the end of each statement the frame's
locals are compared with what they were.

While the call runs, only a tape of what happened is written, for a trace function runs thousands of times; `replay`
makes the steps and frames of it.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Collection, Mapping
from opcode import opmap
from types import CodeType, FrameType
from typing import Any

import torch
from torch import Tensor, nn

from explorer.callpath.plan import NOTHING, Plan
from explorer.callpath.scope import Scope
from explorer.callpath.snapshots import Snapshots
from explorer.callpath.source import Statement
from explorer.callpath.tape import Call, Changed, Entry, FrameMark, Role, Tracer
from explorer.callpath.values import summarize

HOOK_PHASES = ("pre-hooks", "hooks", "exception")
_CONTAINERS = frozenset({list, dict, set, OrderedDict})
_RETURNS = frozenset(opmap[name] for name in ("RETURN_VALUE", "RETURN_CONST") if name in opmap)
_YIELDS = frozenset([opmap["YIELD_VALUE"]])
_grad_enabled = torch.is_grad_enabled


class _Frame(FrameMark):
    """The trace function of one frame, and what the frame looked like at its last statement.

    Only the names that a statement may bind are compared at its end, and tensors only where an operation was
    dispatched meanwhile: most statements do neither, and cost next to nothing.
    """

    __slots__ = (
        "at", "buffers", "changes", "containers", "kept", "lasti", "raised", "recorder", "seen", "shared", "statement",
        "statements", "tape", "tensors", "tick", "trace",
    )  # fmt: skip

    def __init__(
        self,
        recorder: Recorder,
        plan: Plan,
        module: nn.Module | None,
        role: Role,
        caller: _Frame | None,
        call: Call | None,
    ) -> None:
        self.plan, self.role, self.caller, self.call = plan, role, caller, call
        self.path, self.module_class = recorder.named(module if module is not None else call.module if call else None)
        self.depth = len(recorder.stack)
        self.opened: Call | None = None  # the module call that began with this frame
        self.recorder = recorder
        self.tape, self.changes = recorder.tape, recorder.changes
        self.tick, self.statements, self.shared = plan.tick, plan.statements, plan.shared
        self.kept: dict[str, Any] = {}  # the bound locals at the last statement
        self.tensors: dict[str, tuple[Tensor, Any]] = {}  # name → (tensor, its summary then)
        self.containers: dict[str, tuple[Any, int]] = {}  # name → (list, dict or set, its length then)
        self.buffers: Mapping[str, Tensor | None] = NOTHING  # the module's registry, where this frame watches it
        self.seen = recorder.dispatched  # how many operations had been dispatched at the last comparison
        self.statement: Statement | None = None  # the one that is running; None during the call step
        self.lasti = -1
        self.raised: BaseException | None = None  # the exception on its way, until a handler's line runs
        self.trace: Tracer = self._trace
        self.at = len(self.tape)  # the step that is running
        self.tape.append(("call", self, None, None))

    def _trace(self, frame: FrameType, event: str, argument: Any) -> Tracer:
        if event == "line":
            line = frame.f_lineno
            self.tick(line)
            statement = self.statements.get(line)
            # A later line event of the same statement is not news, unless the statement starts over (a loop).
            if statement is not self.statement or statement is None or frame.f_lasti <= self.lasti:
                self._settle(frame)
                self.statement = statement or Statement(line, line, None, frozenset())
                self.lasti = frame.f_lasti
                self.at = len(self.tape)
                self.tape.append(("statement", self, self.statement, None))
            self.raised = None
        elif event == "return":
            self._settle(frame)
            if argument is not None or self._returned(frame):
                self.tape.append(("return", self, self.statement, self.recorder.values.summary(argument)))
            trace = self.trace
            self.recorder.leave(self)
            return trace
        elif event == "exception" and argument[1] is not self.raised:
            self._settle(frame)
            self.raised = argument[1]
            self.at = len(self.tape)
            first = self.recorder.note_exception(argument[1])
            self.tape.append(("raise" if first else "pass", self, self.statement, summarize(argument[1])))
        return self.trace

    def _returned(self, frame: FrameType) -> bool:
        """Whether a frame that ends with None returned it; an exception that leaves looks the same but for the opcode.

        A `finally`, a `with` and a bare `raise` let an exception go on without another event.
        """
        opcode = frame.f_code.co_code[frame.f_lasti]
        return opcode in _RETURNS or (opcode in _YIELDS and self.raised is None)

    def arguments(self, names: Mapping[str, Any]) -> None:
        """The arguments are new. Free variables were there before: only rebinding changes them."""
        free = self.plan.free
        if free:
            for name, value in names.items():
                if name in free:
                    self.kept[name] = value
                    self._watch(name, value, self.recorder.values.summary(value))
        self._compare(names, names)
        for name, buffer in self.buffers.items():
            self._watch("self." + name, buffer, self.recorder.values.summary(buffer))

    def _settle(self, frame: FrameType) -> None:
        """Give the statement that ends here what it changed."""
        statement, recorder = self.statement, self.recorder
        if statement is None:
            return
        binds = statement.binds
        if binds or self.shared or binds is None:
            names = frame.f_locals
            self._compare(names, names if binds is None else binds | self.shared if self.shared else binds)
        if self.containers:
            self._compare_containers(statement)
        if self.seen != recorder.dispatched:  # no tensor changes without a dispatched operation
            self.seen = recorder.dispatched
            if self.tensors:
                self._compare_tensors()
        if _grad_enabled() is not recorder.grad:
            recorder.grad = not recorder.grad
            self._changed("grad mode", "grad mode", summarize("enabled" if recorder.grad else "off"))

    def _compare(self, names: Mapping[str, Any], which: Collection[str]) -> None:
        """Names that are new, or stand for another object."""
        kept, summary = self.kept, self.recorder.values.summary
        for name, value in names.items():
            if name not in which or (name in kept and kept[name] is value):
                continue
            now = summary(value)
            self._changed(name, "rebound" if name in kept else "new", now)
            kept[name] = value
            self._watch(name, value, now)

    def _compare_containers(self, statement: Statement) -> None:
        for name, (container, length) in self.containers.items():
            if len(container) != length and (name in statement.mentions or name in self.shared):
                self.containers[name] = (container, len(container))
                self._changed(name, "modified in place", self.recorder.values.summary(container))

    def _compare_tensors(self) -> None:
        """Tensors and buffers that are the same objects and hold something else."""
        summary = self.recorder.values.summary
        for name, (tensor, then) in self.tensors.items():
            now = summary(tensor)
            if now is not then:
                self.tensors[name] = (tensor, now)
                self._changed(name, "modified in place", now)
        for name, buffer in self.buffers.items():
            if self.tensors.get("self." + name, (buffer,))[0] is not buffer:
                now = summary(buffer)
                self._watch("self." + name, buffer, now)
                self._changed("self." + name, "rebound", now)

    def _changed(self, name: str, how: Any, value: Any) -> None:
        changed: Changed = (name, how, value)
        if self.at in self.changes:
            self.changes[self.at].append(changed)
        else:
            self.changes[self.at] = [changed]

    def _watch(self, name: str, value: Any, now: Any) -> None:
        """From now on tell when this value changes in place."""
        kind = type(value)
        if kind is Tensor or kind is nn.Parameter:
            self.tensors[name] = (value, now)
        elif name in self.tensors:
            del self.tensors[name]
        if kind in _CONTAINERS and not (self.plan.call_path and kind is dict):  # it passes its kwargs on as they are
            self.containers[name] = (value, len(value))
        elif name in self.containers:
            del self.containers[name]


class Recorder:
    """Records one call on this thread. Use once."""

    def __init__(self, scope: Scope, paths: Mapping[int, str], buffers: frozenset[int] = frozenset()) -> None:
        """paths: id of a module → its dotted path in the outermost one. buffers: ids of those watched by content."""
        self.values = Snapshots(paths, buffers)
        self.tape: list[Entry] = [("lookup", None, None, None)]
        self.changes: dict[int, list[Changed]] = {}  # place on the tape → what changed there
        self.calls: list[Call] = []
        self.stack: list[_Frame] = []
        self.hooks_running = 0
        self.dispatched = 0  # operations so far; no tensor changes in between
        self.grad = _grad_enabled()
        self.executed: dict[str, set[int]] = {}
        self._scope, self._paths = scope, paths
        self._raised: list[tuple[BaseException, int]] = []  # exceptions, and the steps that saw them first
        self._plans: dict[int, Plan | Tracer | None] = {}  # by id of the code object
        self._codes: list[CodeType] = []  # kept, so that an id stays its own
        self._counts: dict[int, int] = {}
        self._turns = 0  # of comprehensions inside a statement

    def trace(self, frame: FrameType, event: str, argument: Any) -> Tracer | None:
        """The global trace function: called for every new frame of the thread."""
        code = frame.f_code
        try:
            plan = self._plans[id(code)]
        except KeyError:
            plan = self._plan(code)
        if type(plan) is Plan:
            return self._enter(frame, plan).trace
        return plan  # type: ignore[return-value]

    def current_call(self) -> int | None:
        """Index of the innermost open module call."""
        return self.stack[-1].call.index if self.stack and self.stack[-1].call else None

    def step(self) -> int:
        """Index of the step that is running."""
        return len(self.tape) - 1

    def moment(self) -> int:
        """A number that grows with every statement, and with every turn of a comprehension inside one."""
        return len(self.tape) + self._turns

    def named(self, module: nn.Module | None) -> tuple[str | None, str | None]:
        """Dotted path and class of a module."""
        return (None, None) if module is None else (self._paths.get(id(module)), type(module).__name__)

    def leave(self, frame: _Frame) -> None:
        """A frame ended: it is not the current one any more."""
        if self.stack and self.stack[-1] is frame:
            self.stack.pop()
        if frame.role == "hook":
            self.hooks_running -= 1
        if frame.opened is not None:
            frame.opened.last = len(self.tape) - 1
        frame.kept, frame.tensors, frame.containers = {}, {}, {}  # an exception keeps frames, but not their tensors
        frame.buffers = NOTHING
        del frame.recorder, frame.trace, frame.tape, frame.changes  # the tape keeps frames, and nothing through them

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

    def _plan(self, code: CodeType) -> Plan | Tracer | None:
        plan: Plan | Tracer | None = None
        if self._scope.covers(code.co_filename):
            tick = self.executed.setdefault(code.co_filename, set()).add
            plan = Plan(code, tick)
            if plan.fold:

                def fold(frame: FrameType, event: str, argument: Any) -> Tracer:
                    if event == "line":
                        tick(frame.f_lineno)
                        self._turns += 1
                    return fold

                plan = fold
        self._plans[id(code)] = plan
        self._codes.append(code)
        return plan

    def _enter(self, frame: FrameType, plan: Plan) -> _Frame:
        caller = self.stack[-1] if self.stack else None
        names = frame.f_locals
        module = names.get("self") if plan.has_self else None
        if module is not None and not isinstance(module, nn.Module):
            module = None
        role = self._role(plan, caller, module)
        call = opened = caller.call if caller is not None else None
        if module is not None and (
            plan.opens or (role == "forward" and (call is None or call.module is not module))
        ):  # fmt: skip
            call = self._open(module, call)
        entered = _Frame(self, plan, module, role, caller, call)
        if call is not opened:
            entered.opened = call
        if role == "forward" and module is not None:
            entered.buffers = module._buffers
        elif role == "hook":
            self.hooks_running += 1
        self.stack.append(entered)
        entered.arguments(names)
        return entered

    @staticmethod
    def _role(plan: Plan, caller: _Frame | None, module: nn.Module | None) -> Role:
        if plan.call_path:
            return "call path"
        if caller is not None and caller.plan.call_path and caller.statement is not None:
            phase = caller.plan.phases.get(caller.statement.first)
            if phase in HOOK_PHASES and plan.code.co_name != "forward":
                return "hook"
            if phase == "forward":
                return "forward"
        if module is not None and plan.code.co_name == "forward":
            return "forward"
        return "functional" if plan.functional else "other"

    def _open(self, module: nn.Module, parent: Call | None) -> Call:
        number = self._counts[id(module)] = self._counts.get(id(module), 0) + 1
        name = self._paths.get(id(module), "")
        call = Call(len(self.calls), module, name, number, parent.index if parent else None, len(self.tape))
        self.calls.append(call)
        return call
