"""One frame while it runs: its trace function, and what its statements change."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Collection, Mapping
from opcode import opmap
from operator import is_
from types import FrameType
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from explorer.callpath.plan import NOTHING, Plan
from explorer.callpath.source import Statement
from explorer.callpath.tape import Call, Changed, FrameMark, Role, Tracer
from explorer.callpath.values import summarize

if TYPE_CHECKING:
    from explorer.callpath.recorder import Recorder

_CONTAINERS = frozenset({list, dict, set, OrderedDict})
_RETURNS = frozenset(opmap[name] for name in ("RETURN_VALUE", "RETURN_CONST") if name in opmap)
_YIELDS = frozenset([opmap["YIELD_VALUE"]])
_grad_enabled = torch.is_grad_enabled


class FrameTracer(FrameMark):
    """The trace function of one frame, and what the frame looked like at its last statement.

    Only the names that a statement may bind are compared at its end, and tensors only where an operation was
    dispatched meanwhile: most statements do neither, and cost next to nothing.
    """

    __slots__ = (
        "at", "began", "buffers", "changes", "containers", "kept", "lasti", "raised", "recorder", "seen", "shared",
        "statement", "statements", "tape", "tensors", "tick", "trace",
    )  # fmt: skip

    def __init__(
        self,
        recorder: Recorder,
        plan: Plan,
        module: nn.Module | None,
        role: Role,
        caller: FrameTracer | None,
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
        self.began = self.at = len(self.tape)  # the first step, and the one that is running
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
        caller = self.caller
        if self.plan.call_path and isinstance(caller, FrameTracer) and caller.plan.opens and _same(names, caller.kept):
            self.kept = dict(names)
            self.changes[self.at] = self.changes[caller.began]  # passed on as they came
            return
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


def _same(names: Mapping[str, Any], others: Mapping[str, Any]) -> bool:
    """Whether two frames were given the same `self`, and the same objects in `args` and `kwargs`."""
    if names.keys() != others.keys() or names.keys() != {"self", "args", "kwargs"}:
        return False
    given, other = names["args"], others["args"]
    return (
        names["self"] is others["self"]
        and len(given) == len(other)
        and all(map(is_, given, other))
        and not names["kwargs"]
        and not others["kwargs"]
    )
