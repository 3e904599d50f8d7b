"""By which path each statement of `Module.__call__` that calls a hook, or `forward`, names what it calls."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Literal, NamedTuple

from explorer.torch_source.callee_paths import CalleePath, path_of_names
from explorer.torch_source.files import MODULE_FILE
from explorer.torch_source.find_roles import roles
from explorer.torch_source.roles import StatementRole
from explorer.torch_source.statements import parse_file

CalledRole = Literal["hook", "forward"]

_CALLED_BY: Mapping[StatementRole, CalledRole] = MappingProxyType(
    {
        StatementRole.PRE_HOOK_CALL: "hook",
        StatementRole.FORWARD_HOOK_CALL: "hook",
        StatementRole.FAST_FORWARD_CALL: "forward",
        StatementRole.FORWARD_CALL: "forward",
        StatementRole.SLOW_FORWARD_CALL: "forward",
    }
)


class RoleCallee(NamedTuple):
    """What a statement calls."""

    role: CalledRole  # whether a hook or `forward`
    path: CalleePath  # by which it is named


@lru_cache(maxsize=1)
def role_callees() -> Mapping[int, RoleCallee]:
    """Return what these statements call, by the statement's first line."""
    source, found = parse_file(MODULE_FILE), {}
    for line, role in roles().items():
        called_role, statement = _CALLED_BY.get(role), source.statements.get(line)
        if called_role is None or statement is None:
            continue
        calls = [each for each in source.callees if statement.first <= each[0] and each[2] <= statement.last]
        if len(calls) == 1:
            path = path_of_names(source.callees[calls[0]])
            if path is not None:
                found[line] = RoleCallee(called_role, path)
    return MappingProxyType(found)
