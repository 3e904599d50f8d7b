"""Which builtin a Python frame is calling, from the instruction that the frame stands at.

While a builtin runs, its caller's frame stands at the call's instruction, and the code object knows which source
expression that is (PEP 657). The callee is then looked up as that expression names it, in the frame's own
variables, without running anybody's code. A profile function would be told the callee, but it is called for every
Python frame of the process's thread as well: on a ResNet-18 that alone cost 0.4 times the bare forward.
"""

from __future__ import annotations

import inspect
from functools import lru_cache
from itertools import islice
from types import BuiltinFunctionType, CodeType, FrameType, MethodDescriptorType, ModuleType, WrapperDescriptorType
from typing import Any, NamedTuple

import torch
from torch import Tensor

from explorer.callpath.source import read

_BUILTIN = (BuiltinFunctionType, MethodDescriptorType, WrapperDescriptorType)


class Site(NamedTuple):
    """What a frame stands at."""

    calls: bool  # a call expression; otherwise an operator, or unknown
    builtin: str | None  # the name of the builtin that is called, where it can be told


class CallSites:
    """Tells what frames stand at while a builtin reached torch from them. For one run."""

    def __init__(self) -> None:
        self._callees: dict[tuple[int, int], tuple[str, ...] | None] = {}  # by id of the code object and instruction
        self._codes: list[CodeType] = []  # kept, so that an id stays its own

    def at(self, frame: FrameType) -> Site:
        """The call that a frame stands at."""
        code, lasti = frame.f_code, frame.f_lasti
        try:
            path = self._callees[id(code), lasti]
        except KeyError:
            path = self._callees[id(code), lasti] = _callee(code, lasti)
            self._codes.append(code)
        if path is None:
            return Site(False, None)
        root, *attributes = path
        found: Any
        if root == "":  # a method of an unnamed value, as in `x.t().view(-1)`; what reaches torch is a tensor's
            found = getattr(torch._C.TensorBase, attributes[0], None)
        else:
            found = frame.f_globals.get(root)
            if found is None or root in code.co_varnames or root in code.co_freevars or root in code.co_cellvars:
                found = frame.f_locals.get(root, found)
            for attribute in attributes:
                found = _member(found, attribute)
        return Site(True, found.__name__ if isinstance(found, _BUILTIN) else None)


@lru_cache(maxsize=8192)
def _callee(code: CodeType, lasti: int) -> tuple[str, ...] | None:
    """The name that is called at an instruction, as `Source.callees` has it; None where it is no call."""
    place = next(islice(code.co_positions(), lasti // 2, None), None)
    if place is None or None in place:
        return None
    first, last, column, end = place
    return read(code.co_filename).callees.get((first, column, last, end))  # type: ignore[arg-type]


def _member(owner: Any, name: str) -> Any:
    """An attribute, found without running a property or `__getattr__`."""
    if isinstance(owner, ModuleType):
        found = vars(owner).get(name)
        # `torch._VF` passes every name on to this.
        return found if found is not None else getattr(torch._C._VariableFunctions, name, None)
    if isinstance(owner, Tensor):
        return getattr(type(owner), name, None)
    return inspect.getattr_static(owner, name, None)
