"""What modules say of themselves at each step, and which of their attributes changed since they were last looked at.

A module's attributes are kept as the objects that they were, at the first look. They are compared by identity: where
`Module.__setattr__` and the few other methods that register something ran, and at the end of a statement of the
user's for the modules that its frame has. A text is made of what was kept, so it is that of its step.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterable
from operator import attrgetter, is_, itemgetter
from typing import Any, NamedTuple

from torch import nn

from explorer.capture.values.fingerprints import CONTAINERS, Fingerprint, fingerprint, is_container
from explorer.capture.values.module_settings import (
    BASE_NAMES,
    ModuleSettings,
    ModuleState,
    reads_submodules,
    settings_of,
    state_of,
)
from explorer.record import ChangeKind, Summary
from explorer.runtime.plain_reads import state_of_module
from explorer.runtime.plain_tensors import is_class_of_torch

Take = Callable[[Any], Any]
_MISSING = object()
_NAME, _VALUE = itemgetter(0), itemgetter(1)  # of a pair, read without a step of Python's
# What torch keeps in a module beside its settings: told where their contents change, or not at all.
_NOT_TOLD = frozenset(BASE_NAMES) - {"training"}
_BEFORE = len(BASE_NAMES)
_registries = attrgetter("parameters", "buffers", "submodules")


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


class _Known:
    """A module as it was when it was last looked at."""

    __slots__ = ("born", "containers", "module", "snapshot", "state")

    def __init__(self, module: Callable[[], nn.Module | None], state: ModuleState, born: int) -> None:
        self.module, self.state, self.born = module, state, born
        self.snapshot: ModuleSnapshot | None = None
        self.containers: dict[str, Fingerprint] | None = _containers_of(state)


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
        if _same(before, now):
            return
        snapshot = known.snapshot
        said = None if snapshot is None else snapshot.read()  # made of what it held, which is kept no longer
        known.state, known.snapshot, known.containers = now, None, _containers_of(now)
        restates = said is not None and self.take(module).read() != said
        if not restates and snapshot is not None:
            known.snapshot = self._current[id(module)] = snapshot
        for name, kind, value in _differences(before, now):
            self.changes.append(AttributeChange(id(module), name, kind, take(value), restates, known.born))

    def look_at_all(self, take: Take) -> None:
        """Look closely at every module that was met."""
        for known in list(self._known.values()):
            module = known.module()
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
        known = self._known[identity] = _Known(weakref.ref(module, lambda _: self._forget(identity)), state, born)
        return known

    def _forget(self, identity: int) -> None:
        """Forget a module that is gone: another object may get its id."""
        self._current.pop(identity, None)
        known = self._known.pop(identity, None)
        if known is not None and known.snapshot is not None:
            known.snapshot.read()

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


def _same(before: ModuleState, now: ModuleState) -> bool:
    """Return whether two states are of one class and hold the same objects under the same names."""
    return (
        before.kind is now.kind
        and len(before.values) == len(now.values)
        and all(map(is_, before.names, now.names))
        and all(map(is_, before.values, now.values))
        and len(before.parameters) == len(now.parameters) == _pairs_until(before.parameters, now.parameters)
        and len(before.submodules) == len(now.submodules) == _pairs_until(before.submodules, now.submodules)
        and len(before.buffers) == len(now.buffers) == _pairs_until(before.buffers, now.buffers)
    )


def _differences(before: ModuleState, now: ModuleState) -> list[tuple[str, ChangeKind, Any]]:
    """Return the attributes that are new, or other objects: name, how, the object. One that was removed has none.

    What both states begin with is passed over: most often one attribute is added after many others.
    """
    found: list[tuple[str, ChangeKind, Any]] = []
    if before.kind is not now.kind:
        found.append(("__class__", "rebound", now.kind))
    first = min(_same_until(before.names, now.names), _same_until(before.values, now.values))
    was, is_now = _own_from(before, first), _own_from(now, first)
    for old, new in zip(_registries(before), _registries(now), strict=True):
        first = _pairs_until(old, new)
        was.update(pair for pair in old[first:] if type(pair[0]) is str)
        is_now.update(pair for pair in new[first:] if type(pair[0]) is str)
    for name, value in is_now.items():
        held = was.get(name, _MISSING)
        if held is not value:
            found.append((name, "new" if held is _MISSING else "rebound", value))
    return found


def _same_until(before: Iterable[Any], now: Iterable[Any]) -> int:
    """Return how many objects two sequences have in common from the first one on."""
    same = [*map(is_, before, now)]
    return same.index(False) if False in same else len(same)


def _pairs_until(before: tuple[tuple[str, Any], ...], now: tuple[tuple[str, Any], ...]) -> int:
    return min(_same_until(map(each, before), map(each, now)) for each in (_NAME, _VALUE))


def _own_from(state: ModuleState, first: int) -> dict[str, Any]:
    own = zip(state.names[first:], state.values[first:], strict=True)
    return {name: value for name, value in own if type(name) is str and name not in _NOT_TOLD}


def _containers_of(state: ModuleState) -> dict[str, Fingerprint] | None:
    """Return the fingerprints of the lists, dicts and sets among a module's own attributes; None where it has none."""
    first = _BEFORE if state.names[:_BEFORE] == BASE_NAMES else 0
    if CONTAINERS.isdisjoint(map(id, map(type, state.values[first:]))):
        return None
    # What torch keeps for itself in its layers, as the padding in its other form, is told of nowhere.
    private = "_" if is_class_of_torch(state.kind) else " "
    own = zip(state.names[first:], state.values[first:], strict=True)
    told = {
        name: fingerprint(value)
        for name, value in own
        if is_container(value) and type(name) is str and name not in _NOT_TOLD and not name.startswith(private)
    }
    return told or None
