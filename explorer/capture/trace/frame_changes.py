"""What the statements of one frame change: its names, containers, buffers and tensors, and the grad mode."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from operator import is_
from types import FrameType
from typing import Any

import torch
from torch import Tensor, nn

from explorer.capture.trace.frame_modules import FrameModules
from explorer.capture.trace.many_tensors import MANY_TENSORS, ManyTensors
from explorer.capture.values.fingerprints import CONTAINERS, Fingerprint, fingerprint
from explorer.capture.values.module_states import ModuleSnapshot
from explorer.capture.values.snapshot import Snapshot, TensorSnapshot
from explorer.capture.values.summaries import summarize
from explorer.record import ChangeKind
from explorer.torch_source.statements import Statement

_CALL_ARGUMENTS = ("self", "args", "kwargs")
MANY_CONTAINERS = 8  # so many are compared one by one
UNBOUND = object()
is_grad_enabled = torch.is_grad_enabled


class FrameChanges(FrameModules):
    """What a frame looked like at its last statement, and what differs now.

    Only the names that a statement may bind are compared at its end, and tensors only where an operation wrote into
    one meanwhile: most statements do neither, and cost next to nothing.
    """

    __slots__ = (
        "buffers_before", "containers", "grad_before", "rebinding_frames_seen", "tensors", "writes_seen",
    )  # fmt: skip

    tensors: dict[str, TensorSnapshot]  # what the tensors among the bound locals, and the buffers, were
    containers: dict[str, Fingerprint] | None  # name of a container → what it holds
    buffers_before: dict[str, Tensor | None]  # what was in it
    writes_seen: int  # how many writes into tensors had been seen
    rebinding_frames_seen: int
    grad_before: bool

    def record_arguments(self, names: Mapping[str, Any]) -> None:
        """Record the arguments of a frame that begins.

        names: its locals. Free variables were there before: only rebinding changes them.
        """
        caller, plan, values = self.caller, self.plan, self.running.values
        bound: dict[str, Any] = dict(names)
        self.locals_before = bound
        if (
            plan.takes_any_arguments
            and isinstance(caller, FrameChanges)
            and caller.plan.passes_arguments_on
            and _same_arguments(bound, caller.locals_before)
        ):
            self.argument_names, self.arguments = caller.argument_names, caller.arguments
            if caller.tensors:
                self.tensors = caller.tensors.copy()
            return
        if plan.passes_arguments_on and len(bound) == 3:  # `self`, a tuple and a dict: nothing that is compared later
            self.argument_names = _CALL_ARGUMENTS
            self.arguments = [values.take(value) for value in bound.values()]
            return
        snapshots: dict[str, Snapshot] = {}
        unchanging, is_user_code = values.unchanging, plan.is_user_code
        for name, value in bound.items():
            now: Snapshot | None = unchanging.get(id(value))
            if now is None:  # otherwise it is neither a tensor nor a container
                now = values.take(value)
                kind = type(value)
                if kind is Tensor or kind is nn.Parameter:
                    self.tensors[name] = now  # type: ignore[assignment]
                elif id(kind) in CONTAINERS:
                    self._watch_container(name, value)
            if is_user_code and type(now) is ModuleSnapshot:
                now = self.watch_module(name, value)
            snapshots[name] = now
        arguments = plan.argument_names
        if arguments is None:
            arguments = tuple(name for name in bound if name not in plan.free_names)
        self.argument_names = arguments
        self.arguments = [snapshots[name] for name in arguments]
        if self.buffers:
            self.buffers_before = dict(self.buffers)
            for name, buffer in self.buffers_before.items():
                self._watch_buffer(f"{plan.first_argument}.{name}", buffer)

    def record_grad_mode(self) -> None:
        """Record the grad mode that the step which is running found, or left behind."""
        enabled = self.running.grad_enabled = self.grad_before
        self.record("grad mode", "grad mode", summarize("enabled" if enabled else "off"))

    def end_statement(self, frame: FrameType, statement: Statement) -> None:
        """Record what the statement that ends here changed."""
        running, shared = self.running, self.plan.shared_names
        binds = statement.binds
        if shared and self.rebinding_frames_seen != running.rebinding_frames:  # one of them may have rebound a name
            self.rebinding_frames_seen = running.rebinding_frames
            binds = None if binds is None else tuple(dict.fromkeys(binds + shared))
        if binds or binds is None:
            self._compare_names(frame.f_locals, binds)
        if self.containers is not None:
            self._compare_containers(statement, self.containers)
        if self.modules:
            self.look_at_modules(statement)
        if self.attribute_changes_seen != len(running.attribute_changes):
            self.tell_attribute_changes()
        if self.buffers:
            self._compare_buffers()
        if self.tensors and (
            self.writes_seen != running.values.writes or statement.sets_requires_grad
        ):  # else no tensor changed
            self.writes_seen = running.values.writes
            self._compare_tensors(statement.sets_requires_grad)
        enabled = is_grad_enabled()
        if enabled is not self.grad_before or enabled is not running.grad_enabled:
            self._compare_grad_mode(enabled)

    def _compare_grad_mode(self, enabled: bool) -> None:
        before, self.grad_before = self.grad_before, enabled
        if enabled is not self.running.grad_enabled:
            if enabled is not before:
                self.record_grad_mode()
            self.running.grad_enabled = enabled  # where a callee told of another one, it is back as it was

    def _compare_names(self, names: Mapping[str, Any], which: Iterable[str] | None) -> None:
        """Record names that are new, or stand for another object; of all there are where it is not known which."""
        before = self.locals_before
        for name in names if which is None else which:
            value = names.get(name, UNBOUND)
            if value is before.get(name, UNBOUND):
                continue
            if value is UNBOUND:
                self.record(name, "deleted", self.running.values.take(before[name]))
                self._forget_name(name)
                continue
            how: ChangeKind = "rebound" if name in before else "new"
            before[name] = value
            now = self.running.values.take(value)
            if self.containers is not None:
                self.containers.pop(name, None)
            if type(now) is ModuleSnapshot and self.plan.is_user_code:
                now = self.watch_module(name, value)
            elif name in self.modules:
                del self.modules[name]  # type: ignore[attr-defined]
            kind = type(value)
            if kind is Tensor or kind is nn.Parameter:
                self.tensors[name] = now  # type: ignore[assignment]
            else:
                self.tensors.pop(name, None)
                if id(kind) in CONTAINERS:
                    self._watch_container(name, value)
            self.record(name, how, now)

    def _forget_name(self, name: str) -> None:
        """Compare nothing of what a name, or that of a buffer, stood for: it stands for nothing any more."""
        del self.locals_before[name]
        self.tensors.pop(name, None)
        if self.containers is not None:
            self.containers.pop(name, None)
        if name in self.modules:
            del self.modules[name]  # type: ignore[attr-defined]

    def _compare_containers(self, statement: Statement, containers: dict[str, Fingerprint]) -> None:
        """Record containers that hold something else.

        In torch's code, and where there are many, of those that the statement names or that another frame shares.
        """
        shared: Iterable[str] = self.plan.shared_names
        names: Iterable[str] = containers
        if len(containers) > MANY_CONTAINERS:  # in the order in which they were bound, as a set has none that stays
            named = {name for name in (*statement.mentions, *shared) if name in containers}
            names = named if len(named) < 2 else [name for name in containers if name in named]
        elif not self.plan.is_user_code:
            names = [name for name in containers if name in statement.mentions or name in shared]
        for name in names:
            container = self.locals_before[name]
            now = fingerprint(container)
            if now != containers[name]:
                containers[name] = now
                self.record(name, "modified in place", self.running.values.take(container))

    def _compare_buffers(self) -> None:
        """Record buffers in whose place another tensor is."""
        before, buffers = self.buffers_before, self.buffers
        if len(before) == len(buffers) and all(map(is_, before.values(), buffers.values())):
            return
        for name, buffer in buffers.items():
            if before.get(name) is not buffer:
                full_name = f"{self.plan.first_argument}.{name}"
                self.record(full_name, "rebound", self._watch_buffer(full_name, buffer))
        for name in before:
            if name not in buffers:  # which is told as a change of the module's attributes
                self._forget_name(f"{self.plan.first_argument}.{name}")
        self.buffers_before = dict(buffers)

    def _compare_tensors(self, every: bool) -> None:
        """Record tensors and buffers that are the same objects with other elements or marks.

        every: whether to compare all, not only those that an operation may have written to.
        """
        tensors, stale = self.tensors, self.running.values.stale
        names: Iterable[str] = tensors
        if type(tensors) is ManyTensors and not every:
            names = tensors.stale_since(stale)
        elif len(tensors) > MANY_TENSORS:  # all are compared now
            names = tensors = self.tensors = ManyTensors(tensors, len(stale))
        for name in list(names):
            before = tensors[name]
            if every or before.stale:
                now = self.running.values.take(self.locals_before[name])
                if now is not before:
                    tensors[name] = now  # type: ignore[assignment]
                    self.record(name, "modified in place", now)

    def _watch_container(self, name: str, container: Any) -> None:
        """Compare what a container holds at the end of later statements."""
        if not (self.plan.is_call_path and type(container) is dict):  # it passes its kwargs on as they are
            if self.containers is None:
                self.containers = {}
            self.containers[name] = fingerprint(container)

    def _watch_buffer(self, name: str, buffer: Tensor | None) -> Snapshot:
        self.locals_before[name] = buffer
        now = self.running.values.take(buffer)
        if isinstance(now, TensorSnapshot):
            self.tensors[name] = now
        else:
            self.tensors.pop(name, None)
        return now


def _same_arguments(names: Mapping[str, Any], others: Mapping[str, Any]) -> bool:
    """Return whether two frames have the same `self`, the same objects in `args`, and nothing in `kwargs`."""
    if len(names) != 3 or len(others) != 3 or names["self"] is not others["self"]:
        return False
    given, other = names["args"], others["args"]
    if names["kwargs"] or others["kwargs"] or len(given) != len(other):
        return False
    return given[0] is other[0] if len(given) == 1 else all(map(is_, given, other))
