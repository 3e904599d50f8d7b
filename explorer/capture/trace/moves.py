"""Which lines of a function give a tensor other memory without an operation: by `x.data = y`, or by swapping two."""

from __future__ import annotations

import ast
import dis
from collections.abc import Mapping
from functools import cache
from types import CodeType

from explorer.runtime.torch_private.operators import SWAPS_TENSORS
from explorer.torch_source.by_code import ByCode
from explorer.torch_source.edited_files import is_up_to_date
from explorer.torch_source.expressions import expression_at

Targets = tuple[Mapping[int, tuple[ast.expr, ...]], bool]


def targets_of(code: CodeType) -> Targets:
    """Return line → the expressions that it sets the `data` of, and whether no other line can move a tensor."""
    return _targets()(code)


@cache
def _targets() -> ByCode[Targets]:
    return ByCode(_find_targets)


def _find_targets(code: CodeType) -> Targets:
    found: dict[int, tuple[ast.expr, ...]] = {}
    for each in dis.get_instructions(code):
        if each.opname != "STORE_ATTR" or each.argval != "data":
            continue
        line = each.positions.lineno if each.positions is not None else None
        target = expression_at(code, each.offset) if is_up_to_date(code) else None
        if line is None or not isinstance(target, ast.Attribute):
            return found, False
        found[line] = (*found.get(line, ()), target.value)
    return found, _is_clear(code)


def may_move(code: CodeType) -> bool:
    """Return whether a function's code can give a tensor other memory."""
    names = code.co_names
    if "data" not in names:
        return not _is_clear(code)
    targets, is_clear = targets_of(code)
    return bool(targets) or not is_clear


def _is_clear(code: CodeType) -> bool:
    """Return whether `x.data = y` is the only way in which a function's own code can do that."""
    return SWAPS_TENSORS not in code.co_names and not ("setattr" in code.co_names and "data" in code.co_consts)
