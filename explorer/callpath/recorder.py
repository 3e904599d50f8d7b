"""What ran: the steps of one call, recorded with `sys.settrace`.

A trace function leaves the path it watches alone, where a hook or a patched `__call__` would switch
`Module._call_impl` to another branch. Line events are merged into statements, `Module.__getattr__` and
comprehensions are folded into the statement that they belong to, and at the end of each statement the frame's
locals are compared with what they were.
"""

from __future__ import annotations

import weakref
from collections import OrderedDict
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from dis import opmap
from types import CodeType, FrameType, MappingProxyType
from typing import Any, Literal, cast

import torch
from torch import Tensor, nn

from explorer.callpath.buffers import fingerprint
from explorer.callpath.scope import FUNCTIONAL_FILE, Scope, is_torch
from explorer.callpath.source import CALL_PATH, MODULE_FILE, Span, Statement, function_span, phases, read
from explorer.callpath.values import summarize
from explorer.record import Change, Frame, ModuleCall, Step, StepKind, Summary, Trace, maker

Role = Literal["call path", "forward", "hook", "functional", "other"]
_make_frame = maker(Frame)
Tracer = Callable[[FrameType, str, Any], Any]

HOOK_PHASES = ("pre-hooks", "hooks", "exception")
_GETATTR: CodeType = nn.Module.__getattr__.__code__
_FOLDED_NAMES = ("<listcomp>", "<setcomp>", "<dictcomp>", "<genexpr>")
_RETURNS = frozenset(opmap[name] for name in ("RETURN_VALUE", "RETURN_CONST") if name in opmap)
_YIELDS = frozenset([opmap["YIELD_VALUE"]])
_CONTAINERS = frozenset({list, dict, set, OrderedDict})
_CONSTANT = frozenset({int, bool, type(None)})
_NOTHING: Mapping[Any, Any] = MappingProxyType({})


class _Plan:
    """What is known of a code object before it runs."""

    __slots__ = (
        "call_path", "code", "first", "fold", "free", "functional", "last", "own", "phases", "shared", "statements",
        "tick",
    )  # fmt: skip

    def __init__(self, code: CodeType, tick: Callable[[int], None]) -> None:
        self.code = code  # kept, so that its id stays its own
        self.tick = tick  # marks a line of the file as executed
        self.fold = code is _GETATTR or code.co_name in _FOLDED_NAMES
        self.call_path = code.co_filename == MODULE_FILE and code.co_qualname in CALL_PATH
        self.functional = code.co_filename == FUNCTIONAL_FILE
        self.own = not is_torch(code.co_filename)
        self.phases = phases() if self.call_path else _NOTHING
        self.statements = read(code.co_filename).statements
        self.first, self.last = function_span(code)
        self.free = frozenset(code.co_freevars)
        self.shared = frozenset(code.co_freevars + code.co_cellvars)  # names that another frame may rebind


class _Call:
    """A module call that is open."""

    __slots__ = ("children", "first", "index", "last", "module", "name", "number", "parent", "phase")

    def __init__(self, index: int, module: nn.Module, name: str, number: int, parent: int | None, first: int) -> None:
        self.index, self.module, self.name, self.number, self.parent = index, module, name, number, parent
        self.first = self.last = first
        self.children = bool(module._modules)
        self.phase: str | None = None  # the last phase seen in this call


@dataclass(slots=True)
class _Step:
    """A step while it is being made. It has `record.Step`'s slots, so that it becomes one by changing its class."""

    index: int
    kind: StepKind
    frame: int | None
    line: int
    end_line: int
    phase: str | None
    level: Literal[1, 2, 3]
    changes: tuple[Change, ...] = ()
    value: Summary | None = None


class _Frame:
    """The trace function of one frame, and what the frame looked like at its last statement.

    At the end of a statement only the names that it may bind are compared, and tensors only where an operation
    was dispatched meanwhile: most statements do neither, and cost next to nothing.
    """

    __slots__ = (
        "base_phase", "buffers", "call", "index", "kept", "lasti", "level", "opened", "plan", "raised", "recorder",
        "role", "seen", "statement", "statements", "step", "tick", "trace", "watched",
    )  # fmt: skip

    step: _Step

    def __init__(self, recorder: Recorder, plan: _Plan, index: int, role: Role, call: _Call | None) -> None:
        self.recorder, self.plan, self.index, self.role, self.call = recorder, plan, index, role, call
        self.statements, self.tick = plan.statements, plan.tick
        self.level: Literal[2, 3] = 3 if role == "functional" or (role == "other" and not plan.own) else 2
        self.base_phase: str | None = None
        self.opened = False  # whether this frame opened its module call
        self.kept: dict[str, Any] = {}  # the bound locals at the last statement
        self.watched: dict[str, tuple[Any, Any]] = {}  # name → (value, token) of what can change in place
        self.buffers: Mapping[str, Tensor | None] = _NOTHING  # the module's registry, where this frame watches it
        self.seen = recorder.dispatched  # how many operations had been dispatched at the last comparison
        self.statement: Statement | None = None  # the one that is running; None during the call step
        self.lasti = -1
        self.raised: BaseException | None = None  # the exception on its way, until a handler's line runs
        self.trace: Tracer = self._trace

    def begin(self, frame: FrameType, phase: str | None) -> None:
        """The call step: the arguments are new. Free variables were there before: only rebinding changes them."""
        self.base_phase = phase
        self._begin("call", self.plan.first, self.plan.first, phase)
        names = frame.f_locals
        free = self.plan.free
        with torch._C.DisableTorchFunction():
            if free:
                self.kept = {name: value for name, value in names.items() if name in free}
                for name, value in self.kept.items():
                    self._watch(name, value)
            changes: list[Change] = []
            self._compare(names, names, changes)
            self.step.changes = tuple(changes)
            for name, buffer in self.buffers.items():
                self._watch("self." + name, buffer)

    def _trace(self, frame: FrameType, event: str, argument: Any) -> Tracer:
        if event == "line":
            line = frame.f_lineno
            self.tick(line)
            statement = self.statements.get(line)
            if statement is None:
                statement = Statement(line, line, None, frozenset())
            self.raised = None
            # A later line event of the same statement is not news, unless the statement starts over (a loop).
            if statement is not self.statement or frame.f_lasti <= self.lasti:
                if self.statement is not None:
                    self._settle(frame, self.statement)
                self.statement = statement
                self.lasti = frame.f_lasti
                first = statement.first
                self._begin("statement", first, statement.last, self.plan.phases.get(first, self.base_phase))
        elif event == "return":
            if self.statement is not None:
                self._settle(frame, self.statement)
            if argument is not None or self._returned(frame):
                self._begin("return", *self._place(), "return" if self.plan.call_path else self.base_phase)
                with torch._C.DisableTorchFunction():
                    self.step.value = self.recorder.summary(argument)
            self.recorder.leave(self)
        elif event == "exception" and argument[1] is not self.raised:
            if self.statement is not None:
                self._settle(frame, self.statement)
            self.raised = argument[1]
            self._begin("exception", *self._place(), self.step.phase)
            self.recorder.note_exception(argument[1])
        return self.trace

    def _returned(self, frame: FrameType) -> bool:
        """Whether a frame that ends with None returned it; an exception that leaves looks the same but for the opcode.

        A `finally`, a `with` and a bare `raise` let an exception go on without another event.
        """
        opcode = frame.f_code.co_code[frame.f_lasti]
        return opcode in _RETURNS or (opcode in _YIELDS and self.raised is None)

    def _place(self) -> Span:
        statement = self.statement
        return (statement.first, statement.last) if statement else (self.plan.first, self.plan.first)

    def _begin(self, kind: StepKind, first: int, last: int, phase: str | None) -> None:
        level: Literal[1, 2, 3] = self.level
        if self.plan.call_path and self.call is not None and phase != self.call.phase:
            self.call.phase = phase
            level = 1  # a new phase of this module's call
        steps = self.recorder.steps
        self.step = _Step(len(steps), kind, self.index, first, last, phase, level)
        steps.append(self.step)

    def _settle(self, frame: FrameType, statement: Statement) -> None:
        """Give the statement that ends here what it changed."""
        recorder = self.recorder
        changes: list[Change] = []
        binds = statement.binds
        if binds or self.plan.shared or binds is None:
            names = frame.f_locals
            with torch._C.DisableTorchFunction():  # so that reading a version does not reach a mode of the caller's
                self._compare(names, names if binds is None else binds | self.plan.shared, changes)
        if self.watched:
            self._compare_in_place(statement, changes)
        if torch.is_grad_enabled() is not recorder.grad:
            recorder.grad = not recorder.grad
            changes.append(Change("grad mode", "grad mode", summarize("enabled" if recorder.grad else "off")))
        if changes:
            self.step.changes = (*self.step.changes, *changes)

    def _compare(self, names: Mapping[str, Any], which: Collection[str], changes: list[Change]) -> None:
        """Names that are new, or stand for another object."""
        recorder, kept = self.recorder, self.kept
        for name, value in names.items():
            if name not in which or (name in kept and kept[name] is value):
                continue
            token = recorder.token(value)
            if token is not None:
                self.watched[name] = (value, token)
            elif name in self.watched:
                del self.watched[name]
            changes.append(Change(name, "rebound" if name in kept else "new", recorder.summary(value, token)))
            kept[name] = value

    def _compare_in_place(self, statement: Statement, changes: list[Change]) -> None:
        """Containers, tensors and buffers that are the same objects and hold something else."""
        recorder = self.recorder
        if self.seen == recorder.dispatched:  # no tensor changes without a dispatched operation
            for name in statement.mentions & self.watched.keys():
                value, token = self.watched[name]
                if type(value) in _CONTAINERS and len(value) != token:
                    self.watched[name] = (value, len(value))
                    changes.append(Change(name, "modified in place", recorder.summary(value)))
            return
        self.seen = recorder.dispatched
        with torch._C.DisableTorchFunction():
            for name, (value, token) in self.watched.items():
                now = recorder.token(value)
                if now != token:
                    self.watched[name] = (value, now)
                    changes.append(Change(name, "modified in place", recorder.summary(value, now)))
            for name, buffer in self.buffers.items():
                if self.watched.get("self." + name, (buffer,))[0] is not buffer:
                    self._watch("self." + name, buffer)
                    changes.append(Change("self." + name, "rebound", recorder.summary(buffer)))

    def _watch(self, name: str, value: Any) -> None:
        token = self.recorder.token(value)
        if token is not None:
            self.watched[name] = (value, token)
        else:
            self.watched.pop(name, None)


class Recorder:
    """Records one call on this thread. Use once."""

    def __init__(self, scope: Scope, paths: Mapping[int, str], buffers: frozenset[int] = frozenset()) -> None:
        """paths: id of a module → its dotted path in the outermost one. buffers: ids of those watched by content."""
        self._buffers = buffers
        self.scope = scope
        self._paths = paths
        self.steps: list[_Step] = [_Step(0, "lookup", None, 0, 0, "lookup", 1)]
        self.frames: list[Frame] = []
        self.calls: list[_Call] = []
        self.stack: list[_Frame] = []
        self.hooks_running = 0
        self.dispatched = 0  # operations so far; no tensor changes in between
        self.mutations: dict[int, int] = {}  # id of an inference tensor, which has no version → writes seen
        self.grad = torch.is_grad_enabled()
        self._raised: BaseException | None = None  # the last exception seen, and the step that saw it first
        self._raised_in = 0
        self._executed: dict[str, set[int]] = {}
        self._plans: dict[int, _Plan | None] = {}
        self._folds: dict[int, Tracer] = {}
        self._counts: dict[int, int] = {}
        self._modules: dict[int, Summary] = {}  # of the outermost module's submodules, which outlive the run
        self._constants: dict[tuple[type, Any], Summary] = {}
        self._tensors: dict[int, tuple[weakref.ref[Any], Any, Summary]] = {}  # with version and requires_grad

    def trace(self, frame: FrameType, event: str, argument: Any) -> Tracer | None:
        """The global trace function: called for every new frame of the thread."""
        code = frame.f_code
        try:
            plan = self._plans[id(code)]
        except KeyError:
            plan = self._plan(code)
        if plan is None:
            return None
        if plan.fold:
            return self._folds[id(code)]
        return self._enter(frame, plan).trace

    def current_call(self) -> int | None:
        """Index of the innermost open module call."""
        return self.stack[-1].call.index if self.stack and self.stack[-1].call else None

    def _plan(self, code: CodeType) -> _Plan | None:
        plan = None
        if self.scope.covers(code.co_filename):
            tick = self._executed.setdefault(code.co_filename, set()).add
            plan = _Plan(code, tick)
            if plan.fold:

                def fold(frame: FrameType, event: str, argument: Any) -> Tracer:
                    if event == "line":
                        tick(frame.f_lineno)
                    return fold

                self._folds[id(code)] = fold
        self._plans[id(code)] = plan
        return plan

    def _enter(self, frame: FrameType, plan: _Plan) -> _Frame:
        caller = self.stack[-1] if self.stack else None
        caller_phase = caller.step.phase if caller and caller.step else None
        module = frame.f_locals.get("self")
        if not isinstance(module, nn.Module):
            module = None
        role = self._role(plan, caller, caller_phase, module)
        call = caller.call if caller else None
        opens = module is not None and (
            plan.code.co_name == "_wrapped_call_impl"
            if plan.call_path
            else role == "forward" and (call is None or call.module is not module)
        )
        if opens:
            assert module is not None
            call = self._open(module, call)
        served = module if module is not None else call.module if call else None
        index = len(self.frames)
        self.frames.append(
            _make_frame(
                index,
                plan.code.co_qualname,
                plan.code.co_filename,
                plan.first,
                plan.last,
                self._paths.get(id(served)) if served is not None else None,
                type(served).__name__ if served is not None else None,
                call.number if call else None,
                caller.index if caller else None,
                len(self.stack),
                role,
            )
        )
        entered = _Frame(self, plan, index, role, call)
        entered.opened = opens
        if role == "forward" and module is not None:
            entered.buffers = module._buffers
        if role == "hook":
            self.hooks_running += 1
        self.stack.append(entered)
        entered.begin(frame, "lookup" if opens and plan.call_path else caller_phase or "forward")
        return entered

    @staticmethod
    def _role(plan: _Plan, caller: _Frame | None, caller_phase: str | None, module: nn.Module | None) -> Role:
        if plan.call_path:
            return "call path"
        if caller is not None and caller.plan.call_path:
            if caller_phase in HOOK_PHASES and plan.code.co_name != "forward":
                return "hook"
            if caller_phase == "forward":
                return "forward"
        if module is not None and plan.code.co_name == "forward":
            return "forward"
        return "functional" if plan.functional else "other"

    def _open(self, module: nn.Module, parent: _Call | None) -> _Call:
        number = self._counts[id(module)] = self._counts.get(id(module), 0) + 1
        name = self._paths.get(id(module), "")
        call = _Call(len(self.calls), module, name, number, parent.index if parent else None, len(self.steps))
        self.calls.append(call)
        return call

    def leave(self, frame: _Frame) -> None:
        """A frame ended: it is not the current one any more."""
        if self.stack and self.stack[-1] is frame:
            self.stack.pop()
        if frame.role == "hook":
            self.hooks_running -= 1
        if frame.opened and frame.call is not None:
            frame.call.last = len(self.steps) - 1
        frame.kept, frame.watched = {}, {}  # a frame that an exception keeps alive must not keep tensors

    def note_exception(self, raised: BaseException) -> None:
        """The first frame to see an exception is where it was raised."""
        if raised is not self._raised:
            self._raised = raised
            self._raised_in = len(self.steps) - 1
            self.steps[-1].level = 1
        self.steps[-1].value = summarize(raised)

    def raised_at(self, exception: BaseException) -> int | None:
        """Index of the step at which this exception was first seen; None where no traced frame saw it."""
        return self._raised_in if exception is self._raised else None

    def token(self, value: Any) -> Any:
        """What differs once a value was changed in place; None where that cannot be told.

        To be called with torch's function modes off.
        """
        kind = type(value)
        if kind is Tensor or kind is nn.Parameter:
            if id(value) in self._buffers:
                return fingerprint(value)
            try:
                return value._version
            except RuntimeError:  # an inference tensor has no version: count the writes that were seen
                return self.mutations.get(id(value), 0)
        return len(value) if kind in _CONTAINERS else None

    def summary(self, value: Any, token: Any = None) -> Summary:
        """`summarize`, once per tensor and version, once per submodule, once per small constant.

        To be called with torch's function modes off.
        """
        kind = type(value)
        if kind is Tensor or kind is nn.Parameter:
            if token is None:
                token = self.token(value)
            mark = (token, value.requires_grad)
            kept = self._tensors.get(id(value))
            if kept is not None and kept[1] == mark and kept[0]() is value:
                return kept[2]
            made = summarize(value)
            self._tensors[id(value)] = (weakref.ref(value), mark, made)
            return made
        if kind in _CONSTANT:
            known = self._constants.get((kind, value))
            if known is None:
                known = self._constants[kind, value] = summarize(value)
            return known
        if id(value) in self._paths:
            if id(value) not in self._modules:
                self._modules[id(value)] = summarize(value)
            return self._modules[id(value)]
        return summarize(value, 0, self._nested)

    def _nested(self, value: Any, depth: int) -> Summary:
        kind = type(value)
        if kind is Tensor or kind is nn.Parameter or kind in _CONSTANT:
            return self.summary(value)
        return summarize(value, depth, self._nested)

    def finish(self) -> tuple[Trace, tuple[ModuleCall, ...]]:
        """The plain record."""
        for step in self.steps:
            step.__class__ = Step  # type: ignore[assignment]  # frozen from here on, at a tenth of the cost of a copy
        steps = cast("tuple[Step, ...]", tuple(self.steps))
        calls = tuple(
            ModuleCall(c.index, c.name, type(c.module).__name__, c.number, c.parent, (c.first, c.last), c.children)
            for c in self.calls
        )
        lines = {file: frozenset(ticked) for file, ticked in self._executed.items() if ticked}
        return Trace(steps, tuple(self.frames), lines), calls
