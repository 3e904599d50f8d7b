"""By which path each statement of `Module.__call__` that calls a hook, or `forward`, names what it calls."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Literal, NamedTuple

from explorer.torch_source.callee_paths import CalleePath, path_of_names
from explorer.torch_source.files import MODULE_FILE
from explorer.torch_source.find_roles import roles
from explorer.torch_source.roles import FORWARD_CALLS, HOOK_CALLS
from explorer.torch_source.statements import parse_file

CalledRole = Literal["hook", "forward"]


class RoleCallee(NamedTuple):
    """What a statement calls."""

    role: CalledRole  # whether a hook or `forward`
    path: CalleePath  # by which it is named


@lru_cache(maxsize=1)
def role_callees() -> Mapping[int, RoleCallee]:
    """Return what these statements call, by the statement's first line."""
    source = parse_file(MODULE_FILE)
    found: dict[int, RoleCallee] = {}
    for line, role in roles().items():
        statement = source.statements.get(line)
        if statement is None or role not in HOOK_CALLS | FORWARD_CALLS:
            continue
        calls = [each for each in source.callees if statement.first <= each[0] and each[2] <= statement.last]
        if len(calls) == 1:
            path = path_of_names(source.callees[calls[0]])
            if path is not None:
                found[line] = RoleCallee("hook" if role in HOOK_CALLS else "forward", path)
    return MappingProxyType(found)
