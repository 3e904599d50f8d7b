"""One frame while it runs: its trace function, and what its statements change."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence, Sized
from opcode import opmap
from operator import is_
from types import FrameType
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from explorer.capture.trace.code_plan import NOTHING, Plan
from explorer.capture.trace.tape import Call, TracedFrame, Tracer
from explorer.capture.values.snapshot import Snapshot, TensorSnapshot
from explorer.capture.values.summaries import summarize
from explorer.record import ChangeKind, FrameRole
from explorer.torch_source.statements import Statement

if TYPE_CHECKING:
    from explorer.capture.trace.recorder import Recorder

_CONTAINERS = frozenset({list, dict, set, OrderedDict})
_RETURNS = frozenset(opmap[name] for name in ("RETURN_VALUE", "RETURN_CONST") if name in opmap)
_YIELDS = frozenset([opmap["YIELD_VALUE"]])
_PASSED = ("self", "args", "kwargs")
UNBOUND = object()
_grad_enabled = torch.is_grad_enabled


class FrameTracer(TracedFrame):
    """The trace function of one frame, and what the frame looked like at its last statement.

    Only the names that a statement may bind are compared at its end, and tensors only where an operation wrote into
    one meanwhile: most statements do neither, and cost next to nothing.
    """

    __slots__ = (
        "at", "buffers", "closures", "containers", "grad", "held", "kept", "lasti", "looks", "raised",
        "recorder", "seen", "trace",
    )  # fmt: skip

    def __init__(
        self,
        recorder: Recorder,
        plan: Plan,
        module: nn.Module | None,
        role: FrameRole,
        caller: FrameTracer | None,
        call: Call | None,
    ) -> None:
        self.plan, self.role, self.caller, self.call = plan, role, caller, call
        if module is None and call is not None:
            module = call.module
        if module is None:
            self.path = self.module_class = None
        else:
            self.path, self.module_class = recorder.paths.get(id(module)), type(module).__name__
        self.depth = len(recorder.stack)
        self.names: Sequence[str] = ()
        self.given: Sequence[Snapshot] = ()
        self.opened: Call | None = None  # the module call that began with this frame
        self.recorder = recorder
        self.looks: dict[str, TensorSnapshot] = {}  # what the tensors among the bound locals, and the buffers, were
        self.containers: dict[str, int] | None = None  # name of a list, dict or set → its length then
        self.buffers: Mapping[str, Tensor | None] = NOTHING  # the module's registry, where this frame watches it
        self.held: dict[str, Tensor | None] = {}  # what was in it at the last statement
        self.seen = recorder.values.writes  # how many had been seen at the last comparison
        self.closures = recorder.closures  # how many had begun then
        self.grad = _grad_enabled()  # what it was then
        self.statement = self.returned = None
        self.lasti = -1
        self.raised: BaseException | None = None  # the exception on its way, until a handler's line runs
        self.trace: Tracer = self._trace
        self.at = len(recorder.tape)  # the step that is running
        recorder.tape.append("call")
        recorder.marks.append(self)

    def _trace(self, frame: FrameType, event: str, argument: Any) -> Tracer:
        if event == "line":
            plan, line = self.plan, frame.f_lineno
            try:
                statement = plan.ran[line]
            except KeyError:
                statement = plan.runs(line)
            at = frame.f_lasti
            if plan.jumps:
                at = plan.jumps.get(at, at)
            # A later line event of the same statement is not news, unless the statement starts over (a loop).
            if statement is not self.statement or at <= self.lasti:
                if self.statement is not None:
                    self._settle(frame, self.statement)
                self.statement = statement
                self.lasti = at
                recorder = self.recorder
                tape = recorder.tape
                self.at = len(tape)
                tape.append(statement)
                recorder.marks.append(self)
            elif plan.inlines:  # a further turn of a comprehension
                self.recorder.turns += 1
            self.raised = None
        elif event == "return":
            if self.statement is not None:
                self._settle(frame, self.statement)
            recorder, trace = self.recorder, self.trace
            if argument is not None or self._returned(frame):
                self.returned = recorder.values.look(argument)
                recorder.tape.append("return")
                recorder.marks.append(self)
            recorder.leave(self)
            return trace
        elif event == "exception" and argument[1] is not self.raised:
            if self.statement is not None:
                self._settle(frame, self.statement)
            self.raised, recorder = argument[1], self.recorder
            self.at = len(recorder.tape)
            first = recorder.note_exception(argument[1])
            recorder.tape.append(("raise" if first else "pass", self.statement, summarize(argument[1])))
            recorder.marks.append(self)
        return self.trace

    def _returned(self, frame: FrameType) -> bool:
        """Whether a frame that ends with None returned it; an exception that leaves looks the same but for the opcode.

        A `finally`, a `with` and a bare `raise` let an exception go on without another event.
        """
        opcode = frame.f_code.co_code[frame.f_lasti]
        return opcode in _RETURNS or (opcode in _YIELDS and self.raised is None)

    def arguments(self, names: Mapping[str, Any]) -> None:
        """The arguments are new. Free variables were there before: only rebinding changes them."""
        caller, plan, look = self.caller, self.plan, self.recorder.values.look
        kept: dict[str, Any] = dict(names)
        self.kept = kept  # the bound locals at the last statement
        if (
            plan.any_arguments
            and isinstance(caller, FrameTracer)
            and caller.plan.passes_on
            and _same(kept, caller.kept)
        ):
            self.names, self.given = caller.names, caller.given
            if caller.looks:
                self.looks = caller.looks.copy()
            return
        if plan.passes_on and len(kept) == 3:  # `self`, a tuple and a dict: nothing that is compared later
            self.names, self.given = _PASSED, [look(value) for value in kept.values()]
            return
        given: list[Snapshot] = []
        looks, unchanging = self.looks, self.recorder.values.unchanging
        for name, value in kept.items():
            now: Snapshot | None = unchanging.get(id(value))
            if now is None:  # else it is neither a tensor nor a container
                now = look(value)
                kind = type(value)
                if kind is Tensor or kind is nn.Parameter:
                    looks[name] = now  # type: ignore[assignment]
                elif kind in _CONTAINERS and not (plan.call_path and kind is dict):  # it passes its kwargs on as is
                    self._contain(name, value)
            given.append(now)
        bound = plan.arguments
        if bound is None:
            bound = tuple(name for name in kept if name not in plan.free)
        self.names, self.given = bound, given[: len(bound)]  # the free variables come after them
        if self.buffers:
            self.held = dict(self.buffers)
            for name, buffer in self.held.items():
                self._look_at("self." + name, buffer)

    def grad_mode_moved(self) -> None:
        """Tell of the grad mode that the step which is running found, or left behind."""
        grad = self.recorder.grad = self.grad
        self._changed("grad mode", "grad mode", summarize("enabled" if grad else "off"))

    def _settle(self, frame: FrameType, statement: Statement) -> None:
        """Give the statement that ends here what it changed."""
        recorder = self.recorder
        binds = statement.binds
        if self.plan.shared and self.closures != recorder.closures:  # one that ran meanwhile may have rebound a name
            self.closures = recorder.closures
            binds = None if binds is None else tuple(dict.fromkeys(binds + self.plan.shared))
        if binds or binds is None:
            self._compare(frame.f_locals, binds)
        if self.containers is not None:
            self._compare_containers(statement, self.containers)
        if self.buffers:
            self._compare_buffers()
        if self.looks and (
            self.seen != recorder.values.writes or statement.sets_requires_grad
        ):  # else no tensor changed
            self.seen = recorder.values.writes
            self._compare_tensors(statement.sets_requires_grad)
        grad = _grad_enabled()
        if grad is not self.grad or grad is not recorder.grad:
            self._grad_mode_is(grad)

    def _grad_mode_is(self, grad: bool) -> None:
        before, self.grad = self.grad, grad
        if grad is not self.recorder.grad:
            if grad is not before:
                self.grad_mode_moved()
            self.recorder.grad = grad  # where a callee told of another one, it is back as it was

    def _compare(self, names: Mapping[str, Any], which: Iterable[str] | None) -> None:
        """Names that are new, or stand for another object; of all there are where it is not known which."""
        kept = self.kept
        for name in names if which is None else which:
            value = names.get(name, UNBOUND)
            if value is kept.get(name, UNBOUND) or value is UNBOUND:
                continue
            how: ChangeKind = "rebound" if name in kept else "new"
            kept[name] = value
            now = self.recorder.values.look(value)
            if self.containers is not None:
                self.containers.pop(name, None)
            kind = type(value)
            if kind is Tensor or kind is nn.Parameter:
                self.looks[name] = now  # type: ignore[assignment]
            else:
                self.looks.pop(name, None)
                if kind in _CONTAINERS and not (self.plan.call_path and kind is dict):
                    self._contain(name, value)
            self._changed(name, how, now)

    def _compare_containers(self, statement: Statement, containers: dict[str, int]) -> None:
        for name, length in containers.items():
            container = self.kept[name]
            if len(container) != length and (name in statement.mentions or name in self.plan.shared):
                containers[name] = len(container)
                self._changed(name, "modified in place", self.recorder.values.look(container))

    def _compare_buffers(self) -> None:
        """Another tensor in a buffer's place."""
        held, buffers = self.held, self.buffers
        if len(held) == len(buffers) and all(map(is_, held.values(), buffers.values())):
            return
        for name, buffer in buffers.items():
            if held.get(name) is not buffer:
                self._changed("self." + name, "rebound", self._look_at("self." + name, buffer))
        self.held = dict(buffers)

    def _look_at(self, name: str, buffer: Tensor | None) -> Snapshot:
        self.kept[name] = buffer
        now = self.recorder.values.look(buffer)
        if isinstance(now, TensorSnapshot):
            self.looks[name] = now
        else:
            self.looks.pop(name, None)
        return now

    def _compare_tensors(self, every: bool) -> None:
        """Tensors and buffers that are the same objects and hold something else."""
        for name, then in self.looks.items():
            if every or then.stale:
                now = self.recorder.values.look(self.kept[name])
                if now is not then:
                    self.looks[name] = now  # type: ignore[assignment]
                    self._changed(name, "modified in place", now)

    def _changed(self, name: str, how: ChangeKind, now: Snapshot) -> None:
        self.recorder.changes.append((self.at, name, how, now))

    def _contain(self, name: str, container: Sized) -> None:
        """From now on tell when its length changes."""
        self.containers = {**(self.containers or {}), name: len(container)}


def _same(names: Mapping[str, Any], others: Mapping[str, Any]) -> bool:
    """Whether two frames have the same `self`, and the same objects in `args` and `kwargs`, and nothing else."""
    if len(names) != 3 or len(others) != 3 or names["self"] is not others["self"]:
        return False
    given, other = names["args"], others["args"]
    if names["kwargs"] or others["kwargs"] or len(given) != len(other):
        return False
    return given[0] is other[0] if len(given) == 1 else all(map(is_, given, other))
