"""What modules say of themselves at each step, and which of their attributes changed since they were last looked at.

A module's attributes are kept as the objects that they were, at the first look. They are compared by identity: where
`Module.__setattr__` and the few other methods that register something ran, and at the end of a statement of the
user's for the modules that its frame has. A text is made of what was kept, so it is that of its step.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable
from operator import is_
from typing import Any, NamedTuple

from torch import nn

from explorer.capture.values.fingerprints import Fingerprint, fingerprint
from explorer.capture.values.module_differences import containers_of, differences, same
from explorer.capture.values.module_settings import ModuleSettings, ModuleState, reads_submodules, settings_of, state_of
from explorer.record import ChangeKind, Summary
from explorer.runtime.plain_reads import state_of_module

Take = Callable[[Any], Any]


class ModuleSnapshot:
    """What a module says of itself at one moment: made into settings when the module changes, or the call is over."""

    __slots__ = ("_settings", "_state")

    def __init__(self, state: ModuleState) -> None:
        self._state: ModuleState | None = state
        self._settings: ModuleSettings | Summary | None = None

    def read(self) -> ModuleSettings | Summary:
        """Return the settings, and keep the module's attributes no longer."""
        if self._state is not None:
            self._settings, self._state = settings_of(self._state), None
        assert self._settings is not None
        return self._settings

    def summary(self) -> Summary:
        """Return the class with its settings."""
        settings = self.read()
        if isinstance(settings, ModuleSettings):
            settings = self._settings = settings.summary()
        return settings


class AttributeChange(NamedTuple):
    """One attribute of a module that is another than before."""

    module: int  # the module's id
    name: str  # of the attribute; "__class__" for the module's class
    kind: ChangeKind
    value: Any  # a snapshot of what it is now
    restates: bool  # whether the module says something else of itself now
    born: int  # how many changes had been seen when the module was being made; -1 where it was there before


class _Known(weakref.ref[nn.Module]):
    """A module as it was when it was last looked at; and a weak reference to it, as one object is quicker than two."""

    __slots__ = ("born", "containers", "identity", "snapshot", "state")

    identity: int  # the module's id
    state: ModuleState
    born: int
    snapshot: ModuleSnapshot | None
    containers: dict[str, Fingerprint] | None


class ModuleStates:
    """The modules that a call has met. For one run."""

    def __init__(self, current: dict[int, Any]) -> None:
        """current: id of a module → what it says of itself now; written to."""
        self.changes: list[AttributeChange] = []  # in the order in which they were seen
        self._known: dict[int, _Known] = {}  # by id of the module
        self._current = current

    def take(self, module: nn.Module) -> ModuleSnapshot:
        """Return what a module says of itself now; the same object until one of its attributes changes."""
        known = self._known.get(id(module)) or self._meet(module)
        if known.snapshot is None:
            known.snapshot = self._current[id(module)] = ModuleSnapshot(known.state)
            # The contents of a container, and what is in a submodule, may be others when it is read.
            if known.containers is not None or reads_submodules(known.state):
                known.snapshot.read()
        return known.snapshot

    def look(self, module: nn.Module, take: Take) -> None:
        """See whether attributes of a module are other objects than before. What is registered in it is not read.

        This runs at the end of every statement of the user's.

        take: returns a snapshot of an attribute's value.
        """
        known = self._known.get(id(module))
        if known is None:
            self._meet(module)
            return
        state, values = known.state, state_of_module(module).values()
        if (
            len(state.values) != len(values)
            or type(module) is not state.kind
            or not all(map(is_, state.values, values))
        ):
            self.look_closely(module, take)
        elif known.containers is not None:
            self._compare_containers(id(module), known, take)

    def look_closely(self, module: nn.Module, take: Take) -> None:
        """See what changed of a module, and of what is registered in it."""
        known = self._known.get(id(module))
        if known is None:
            self._meet(module)
            return
        before, now = known.state, state_of(module)
        if same(before, now):
            return
        snapshot = known.snapshot
        said = None if snapshot is None else snapshot.read()  # made of what it held, which is kept no longer
        known.state, known.snapshot, known.containers = now, None, containers_of(now)
        restates = said is not None and self.take(module).read() != said
        if not restates and snapshot is not None:
            known.snapshot = self._current[id(module)] = snapshot
        for name, kind, value in differences(before, now):
            self.changes.append(AttributeChange(id(module), name, kind, take(value), restates, known.born))

    def look_at_all(self, take: Take) -> None:
        """Look closely at every module that was met."""
        for known in list(self._known.values()):
            module = known()
            if module is not None:
                self.look_closely(module, take)

    def read_all(self) -> None:
        """Keep no module, and nothing that one held. What modules said of themselves is read."""
        for known in self._known.values():
            if known.snapshot is not None:
                known.snapshot.read()
        self._known = {}

    def _meet(self, module: nn.Module) -> _Known:
        identity, state = id(module), state_of(module)
        born = -1 if "training" in state.names or "_initializing" in state.names else len(self.changes)
        known = self._known[identity] = _Known(module, self._forget)
        known.identity, known.state, known.born = identity, state, born
        known.snapshot, known.containers = None, containers_of(state)
        return known

    def _forget(self, gone: weakref.ref[nn.Module]) -> None:
        """Forget a module that is gone: another object may get its id."""
        assert isinstance(gone, _Known)
        if self._known.get(gone.identity) is gone:
            del self._known[gone.identity]
            self._current.pop(gone.identity, None)
            if gone.snapshot is not None:
                gone.snapshot.read()

    def _compare_containers(self, module: int, known: _Known, take: Take) -> None:
        """See whether the contents of a list, a dict or a set that a module has changed in place."""
        assert known.containers is not None
        for name, value in zip(known.state.names, known.state.values, strict=True):
            before = known.containers.get(name)
            if before is None:
                continue
            now = fingerprint(value)
            if now != before:
                known.containers[name] = now
                said = None if known.snapshot is None else known.snapshot.read()
                known.snapshot = self._current[module] = ModuleSnapshot(known.state)
                restates = known.snapshot.read() != said and said is not None
                self.changes.append(
                    AttributeChange(module, name, "modified in place", take(value), restates, known.born)
                )
