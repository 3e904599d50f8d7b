"""What a statement changed of a module's attributes, and how the frame that it is in would write that."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from torch import nn

from explorer.capture.values.module_states import AttributeChange
from explorer.runtime.module_tree import modules_of
from explorer.runtime.plain_reads import is_a

OUTERMOST = "model"  # what the outermost module is called where no name of a frame stands for it


def spelled_changes(
    changes: Sequence[AttributeChange],
    names: Mapping[str, Any],
    bound_now: frozenset[str],
    paths: Mapping[int, str],
    seen: int,
) -> Iterator[tuple[str, AttributeChange]]:
    """Yield changes with their names in a frame, as "self.drop.p": of each attribute the last one.

    names: what the frame's names stand for. bound_now: those among them that the statement bound: what they stand for
    is told already. paths: id of a module → its dotted path in the outermost one. seen: how many changes there were
    before these: of a module that was made since, only its own frames tell.
    """
    last = {(change.module, change.name): change for change in changes}
    first = {(change.module, change.name): change for change in reversed(changes)}
    modules = {name: value for name, value in names.items() if name not in bound_now and is_a(value, nn.Module)}
    owners: dict[int, str | None] = {}
    inside: dict[str, dict[int, str]] = {}  # made once for all changes: a statement may change every module
    for key, change in last.items():
        if change.module not in owners:
            owners[change.module] = _spelled(change.module, modules, paths, inside)
        owner = owners[change.module]
        if owner is not None and (change.born < seen or owner in modules):
            began, kind = first[key].kind, change.kind
            if began == "new" and kind == "deleted":
                continue
            if {began, kind} == {"new", "rebound"} or (began, kind) == ("deleted", "new"):
                kind = "new" if began == "new" else "rebound"
            yield f"{owner}.{change.name}", change._replace(kind=kind)


def _spelled(
    module: int, modules: Mapping[str, nn.Module], paths: Mapping[int, str], inside: dict[str, dict[int, str]]
) -> str | None:
    """Return how a frame with these modules would write a module; None where nothing leads to it from there.

    module: its id. inside: name of a frame → id of a module below it → its path there; filled as it is needed.
    """
    order = sorted(modules, key=lambda name: name != "self")
    direct = next((name for name in order if id(modules[name]) == module), None)
    if direct is not None:
        return direct
    path = paths.get(module)
    for name in order:
        above = paths.get(id(modules[name]))
        if path is not None and above is not None and (not above or path.startswith(above + ".")):
            return name + _attributes(path[len(above) :])
    for name in order:
        if name not in inside:  # the first path, of a module that is in two places
            inside[name] = {id(each): found for found, each in reversed(modules_of(modules[name]).items())}
        below = inside[name].get(module)
        if below is not None:
            return name + _attributes(below)
    return None if path is None else (path or OUTERMOST)


def _attributes(path: str) -> str:
    """Return a dotted path as it is written after a name: ".layers[0].drop"."""
    parts = [part for part in path.split(".") if part]
    return "".join(f"[{part}]" if part.isdecimal() else f".{part}" for part in parts)
