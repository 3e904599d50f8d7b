"""How a module differs from what it was: which attributes are other objects, and what containers among them held."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from operator import attrgetter, is_, itemgetter
from typing import Any

from torch import Tensor

from explorer.capture.values.fingerprints import CONTAINERS, Fingerprint, fingerprint
from explorer.capture.values.module_settings import BASE_NAMES, ModuleState
from explorer.record import ChangeKind
from explorer.runtime.plain_tensors import is_class_of_torch

_MISSING = object()
_NAME, _VALUE = itemgetter(0), itemgetter(1)  # of a pair, read without a step of Python's
# What torch keeps in a module beside its settings: told where their contents change, or not at all.
_NOT_TOLD = frozenset(BASE_NAMES) - {"training"}
_BEFORE = len(BASE_NAMES)
_WATCHED = CONTAINERS | {id(Tensor)}  # ids of the types whose contents are compared
_registries = attrgetter("parameters", "buffers", "submodules")


def same(before: ModuleState, now: ModuleState) -> bool:
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


def differences(before: ModuleState, now: ModuleState) -> list[tuple[str, ChangeKind, Any]]:
    """Return the attributes that are new, other objects, or deleted: name, how, the object.

    What both states begin with, and what both end with, is passed over: most often one attribute of many is another.
    """
    found: list[tuple[str, ChangeKind, Any]] = []
    if before.kind is not now.kind:
        found.append(("__class__", "rebound", now.kind))
    first = min(_same_until(before.names, now.names), _same_until(before.values, now.values))
    last = min(_same_from_end(before.names, now.names, first), _same_from_end(before.values, now.values, first))
    was, is_now = _own_between(before, first, last), _own_between(now, first, last)
    for old, new in zip(_registries(before), _registries(now), strict=True):
        first = _pairs_until(old, new)
        last = min(_same_from_end([*map(each, old)], [*map(each, new)], first) for each in (_NAME, _VALUE))
        was.update(pair for pair in old[first : len(old) - last] if type(pair[0]) is str)
        is_now.update(pair for pair in new[first : len(new) - last] if type(pair[0]) is str)
    for name, value in is_now.items():
        held = was.get(name, _MISSING)
        if held is not value:
            found.append((name, "new" if held is _MISSING else "rebound", value))
    private = _private_start(before.kind) if was else ""
    found += [(name, "deleted", was[name]) for name in was if name not in is_now and not name.startswith(private)]
    return found


def _same_until(before: Iterable[Any], now: Iterable[Any]) -> int:
    """Return how many objects two sequences have in common from the first one on."""
    same = [*map(is_, before, now)]
    return same.index(False) if False in same else len(same)


def _pairs_until(before: tuple[tuple[str, Any], ...], now: tuple[tuple[str, Any], ...]) -> int:
    return min(_same_until(map(each, before), map(each, now)) for each in (_NAME, _VALUE))


def _same_from_end(before: Sequence[Any], now: Sequence[Any], first: int) -> int:
    """Return how many objects two sequences have in common at their ends, behind the first so many."""
    most = min(len(before), len(now)) - first
    return min(most, _same_until(reversed(before), reversed(now)))


def _own_between(state: ModuleState, first: int, last: int) -> dict[str, Any]:
    own = zip(state.names[first : len(state.names) - last], state.values[first : len(state.names) - last], strict=True)
    return {name: value for name, value in own if type(name) is str and name not in _NOT_TOLD}


def containers_of(state: ModuleState) -> dict[str, Fingerprint] | None:
    """Return the fingerprints of the containers and tensors among a module's own attributes; None where it has none."""
    first = _BEFORE if state.names[:_BEFORE] == BASE_NAMES else 0
    if _WATCHED.isdisjoint(map(id, map(type, state.values[first:]))):
        return None
    private = _private_start(state.kind)
    own = zip(state.names[first:], state.values[first:], strict=True)
    told = {
        name: fingerprint(value)
        for name, value in own
        if id(type(value)) in _WATCHED and type(name) is str and name not in _NOT_TOLD and not name.startswith(private)
    }
    return told or None


def _private_start(kind: type) -> str:
    """Return what the attributes begin with that are told of nowhere.

    Of torch's layers those are what they keep for themselves, as the padding in its other form.
    """
    return "_" if is_class_of_torch(kind) else " "
