"""Whether a frame stands at a call, and by which path its expression names what it calls (PEP 657)."""

from __future__ import annotations

import dis
from collections.abc import Mapping
from functools import lru_cache
from types import CodeType, MappingProxyType
from typing import NamedTuple

from explorer.torch_source.callee_paths import CalleePath, path_of_names
from explorer.torch_source.edited_files import is_up_to_date
from explorer.torch_source.statements import CallPosition, ParsedFile, parse_file

_CALLS = frozenset({"CALL", "CALL_KW", "CALL_FUNCTION_EX"})
_BEFORE_CALL = frozenset({"PRECALL", "CACHE", "KW_NAMES"})  # of a call, but do not push a value


class Site(NamedTuple):
    """What an instruction does."""

    is_call: bool  # otherwise an operator, an attribute, a step of a loop, ...
    path: CalleePath | None  # to what it calls; None where it is no call, and where it cannot be looked up


NO_CALL, UNKNOWN_CALL = Site(False, None), Site(True, None)


class Sites:
    """Tells what instructions do, each of them looked at once. For one run."""

    def __init__(self) -> None:
        self._calls: dict[int, Mapping[int, CallPosition | None]] = {}  # id of a code object → its calls
        self._sites: dict[tuple[int, int], Site] = {}
        self._codes: list[CodeType] = []  # kept, so that no other code object gets the id of one of these

    def at(self, code: CodeType, instruction: int) -> Site:
        """Return what the instruction at an offset does."""
        key = id(code), instruction
        site = self._sites.get(key)
        if site is None:
            self._codes.append(code)
            site = self._sites[key] = _site(code, instruction)
        return site


def _site(code: CodeType, instruction: int) -> Site:
    calls = calls_in(code)
    if instruction not in calls:
        return NO_CALL
    position = calls[instruction]
    if position is None or not is_up_to_date(code):
        return UNKNOWN_CALL
    source = parse_file(code.co_filename)
    path = _path(source, position)
    return UNKNOWN_CALL if path is None else Site(True, path)


def _path(source: ParsedFile, position: CallPosition) -> CalleePath | None:
    names = source.callees.get(position)
    if names is None:  # a decorator without arguments, or a class that is made
        return None
    return path_of_names(names) or source.callee_paths.get(position)


@lru_cache(maxsize=1024)
def _calls_of(code: _ByIdentity) -> Mapping[int, CallPosition | None]:
    """Return the offset of each call in a code object, with where its expression stands.

    None where that is not known, and at the end of a `with`, whose call has the place of the expression after `with`.
    """
    found: dict[int, CallPosition | None] = {}
    before: dis.Instruction | None = None
    instructions = list(dis.get_instructions(code.code))
    ends = [*(each.offset for each in instructions[1:]), len(code.code.co_code)]
    for each, end in zip(instructions, ends, strict=True):
        if each.opname in _CALLS:
            span = _span(each)
            leaves_with = before is not None and before.opname.startswith("LOAD_CONST") and _span(before) == span
            # A frame may stand behind the instruction, where its cache is.
            found |= dict.fromkeys(range(each.offset, end, 2), None if leaves_with else span)
        if each.opname not in _BEFORE_CALL:
            before = each
    return MappingProxyType(found)


def calls_in(code: CodeType) -> Mapping[int, CallPosition | None]:
    """Return the offset of each call in a code object, with where its expression stands."""
    return _calls_of(_ByIdentity(code))


class _ByIdentity:
    """A code object that is compared by identity: hashing it goes through all its constants."""

    __slots__ = ("code",)

    def __init__(self, code: CodeType) -> None:
        self.code = code

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _ByIdentity) and other.code is self.code

    def __hash__(self) -> int:
        return id(self.code)


def _span(instruction: dis.Instruction) -> CallPosition | None:
    where = instruction.positions
    if where is None:
        return None
    first, last, column, end = where
    if first is None or last is None or column is None or end is None:
        return None
    return first, column, last, end
