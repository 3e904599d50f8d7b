"""Functions written in C that start a thread or a process or set a profile function: no trace function is told of them.

What a function of the caller's names of them is read from its code, so that the record can say what it may lack.
"""

from __future__ import annotations

import _thread
import dis
import os
import sys
from collections.abc import Mapping
from itertools import pairwise
from types import CodeType, MappingProxyType, ModuleType
from typing import Any

from explorer.record.unrecorded import Unrecorded

# Name of a module → the module, and which of its functions.
_STARTS: Mapping[str, tuple[ModuleType, tuple[str, ...]]] = MappingProxyType(
    {
        "_thread": (_thread, ("start_new_thread", "start_joinable_thread", "start_new")),
        "os": (os, ("fork", "forkpty", "posix_spawn", "posix_spawnp", "system")),
        "sys": (sys, ("setprofile",)),
    }
)
_NAMES = frozenset(function for _, functions in _STARTS.values() for function in functions)


def named_start(code: CodeType, names: Mapping[str, Any], step: int) -> Unrecorded | None:
    """Return what a function that runs names of these; None for nothing.

    names: the globals of its module. step: index of the step that calls the function.
    """
    if _NAMES.isdisjoint(code.co_names):  # of most functions
        return None
    found: dict[str, None] = {}
    instructions = list(dis.get_instructions(code))
    imported = {each.argval for each in instructions if each.opname == "IMPORT_NAME"}
    for before, each in pairwise([None, *instructions]):
        for module_name, (module, functions) in _STARTS.items():
            if each is None or each.argval not in functions:
                continue
            if each.opname == "LOAD_GLOBAL":
                is_meant = names.get(each.argval) is vars(module).get(each.argval, code)
            elif each.opname == "IMPORT_FROM":
                is_meant = module_name in imported
            elif each.opname not in ("LOAD_ATTR", "LOAD_METHOD"):
                continue
            else:  # an attribute of what was loaded before
                owner = str(before.argval) if before is not None and before.opname.startswith("LOAD_") else ""
                is_global = before is not None and before.opname == "LOAD_GLOBAL"
                is_meant = names.get(owner) is module if is_global else owner == module_name or module_name in imported
            if is_meant:
                found[f"{module_name}.{each.argval}"] = None
    return Unrecorded("may start", step, code.co_qualname, functions=tuple(found)) if found else None
