"""What the statements of one frame change of modules: plain attributes, what is registered in them, their class."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import takewhile
from typing import Any

from torch import Tensor, nn

from explorer.capture.trace.attribute_changes import spelled_changes
from explorer.capture.trace.running_call import RunningCall
from explorer.capture.trace.tape import TracedFrame
from explorer.capture.values.attribute_marks import Marks, marks_of
from explorer.capture.values.snapshot import Snapshot
from explorer.record import ChangeKind
from explorer.runtime.module_tree import modules_of
from explorer.torch_source.statements import Statement

MANY_MODULES = 8  # of so many, only those are looked at that a statement names


class FrameModules(TracedFrame):
    """The modules that a frame's names stand for, and which of their changes it has told."""

    __slots__ = ("attribute_changes_seen", "buffers", "locals_before", "marks", "modules", "running", "step")

    running: RunningCall
    step: int  # index of the step that is running in this frame
    locals_before: dict[str, Any]  # the bound locals
    buffers: Mapping[str, Tensor | None]  # the module's registry, where this frame watches it
    # Modules among the bound locals of the user's code; the one that a method of torch's sets an attribute of.
    modules: Mapping[str, nn.Module]
    marks: Marks | None  # of the attribute that a method of torch's sets, as it was last
    attribute_changes_seen: int  # how many changes of modules' attributes had been seen

    def watch_module(self, name: str, module: nn.Module) -> Snapshot:
        """Look at a module that a name stands for, now and at the end of later statements; return what it is."""
        values = self.running.values
        if type(self.modules) is dict:
            self.modules[name] = module
        else:
            self.modules = {name: module}
        values.modules.look(module, values.take)
        return values.take(module)

    def meet_modules(self) -> None:
        """See what the modules of this frame, and those in them, are before a statement that may change one unseen."""
        values = self.running.values
        for module in self.modules.values():
            for each in modules_of(module).values():
                values.modules.look(each, values.take)

    def look_at_modules(self, statement: Statement) -> None:
        """See what changed of the modules that the statement could change."""
        values = self.running.values
        states = values.modules
        if self.plan.sets_attributes:
            module = self.modules["self"]
            marks = marks_of(module, self.locals_before.get("name"))
            if marks is None or marks != self.marks:
                self.marks = marks
                states.look_closely(module, values.take)
        elif statement.may_set_unseen:
            states.look_at_all(values.take)
        elif len(self.modules) <= MANY_MODULES:
            for module in self.modules.values():
                states.look(module, values.take)
        else:
            for name in (self.plan.first_argument, *statement.mentions):
                if name is not None and name in self.modules:
                    states.look(self.modules[name], values.take)

    def tell_attribute_changes(self) -> None:
        """Record what changed of modules' attributes since the last statement of this frame."""
        values, step = self.running.values, self.step
        # What the names stand for that the statement bound is told already.
        bound_now = {name for _, name, _, _ in takewhile(lambda each: each[0] == step, reversed(self.running.changes))}
        # In the user's code the modules are known: a long function has many names.
        names: Mapping[str, Any] = self.modules if self.plan.is_user_code else self.locals_before
        states = values.modules
        seen, self.attribute_changes_seen = self.attribute_changes_seen, len(states.changes)
        changes = states.changes[seen:]
        if not self.plan.is_call_path:  # these frames set no attribute themselves
            buffers = {f"{self.plan.first_argument}.{name}" for name in self.buffers}  # which are compared on their own
            for name, change in spelled_changes(changes, names, frozenset(bound_now), self.running.paths, seen):
                if name not in buffers:
                    self.record(name, change.kind, change.value)
        restated = {change.module for change in changes if change.restates}
        if restated:
            for name, value in names.items():
                if id(value) in restated and name not in bound_now:
                    self.record(name, "modified in place", values.take(value))

    def record(self, name: str, how: ChangeKind, now: Snapshot) -> None:
        """Record that the step which is running changed something."""
        self.running.changes.append((self.step, name, how, now))
