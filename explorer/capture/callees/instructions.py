"""Whether a frame stands at a call, and by which path its expression names what it calls (PEP 657)."""

from __future__ import annotations

import dis
from collections.abc import Mapping
from functools import cache
from types import CodeType, MappingProxyType
from typing import NamedTuple

from explorer.torch_source.by_code import ByCode
from explorer.torch_source.callee_paths import CalleePath, path_of_names
from explorer.torch_source.statements import CallPosition, ParsedFile, parse_file

_CALLS = frozenset({"CALL", "CALL_KW", "CALL_FUNCTION_EX"})
_BEFORE_CALL = frozenset({"PRECALL", "CACHE", "KW_NAMES"})  # of a call, but do not push a value


class Site(NamedTuple):
    """What an instruction does."""

    is_call: bool  # otherwise an operator, an attribute, a step of a loop, ...
    path: CalleePath | None  # to what it calls; None where it is no call, and where it cannot be looked up


_NO_CALL, _UNKNOWN_CALL = Site(False, None), Site(True, None)


def call_at(code: CodeType, instruction: int) -> Site:
    """Return what the instruction at an offset does. Its file must say what the code was made from."""
    calls, sites = _of_code()(code)
    site = sites.get(instruction)
    if site is None:
        site = sites[instruction] = _site(calls, code.co_filename, instruction)
    return site


@cache
def _of_code() -> ByCode[tuple[Mapping[int, CallPosition | None], dict[int, Site]]]:
    """Return what is known of each code object: its calls, and those of its instructions that were asked for."""
    return ByCode(lambda code: (_calls(code), {}))


def _site(calls: Mapping[int, CallPosition | None], file: str, instruction: int) -> Site:
    if instruction not in calls:
        return _NO_CALL
    position = calls[instruction]
    path = None if position is None else _path(parse_file(file), position)
    return _UNKNOWN_CALL if path is None else Site(True, path)


def _path(source: ParsedFile, position: CallPosition) -> CalleePath | None:
    names = source.callees.get(position)
    if names is None:  # a decorator without arguments, or a class that is made
        return None
    return path_of_names(names) or source.callee_paths.get(position)


def _calls(code: CodeType) -> Mapping[int, CallPosition | None]:
    """Return the offset of each call in a code object, with where its expression stands.

    None where that is not known, and at the end of a `with`, whose call has the place of the expression after `with`.
    """
    found: dict[int, CallPosition | None] = {}
    before: dis.Instruction | None = None
    instructions = list(dis.get_instructions(code))
    ends = [*(each.offset for each in instructions[1:]), len(code.co_code)]
    for each, end in zip(instructions, ends, strict=True):
        if each.opname in _CALLS:
            span = _span(each)
            leaves_with = before is not None and before.opname.startswith("LOAD_CONST") and _span(before) == span
            # A frame may stand behind the instruction, where its cache is.
            found |= dict.fromkeys(range(each.offset, end, 2), None if leaves_with else span)
        if each.opname not in _BEFORE_CALL:
            before = each
    return MappingProxyType(found)


def _span(instruction: dis.Instruction) -> CallPosition | None:
    where = instruction.positions
    if where is None:
        return None
    first, last, column, end = where
    if first is None or last is None or column is None or end is None:
        return None
    return first, column, last, end
