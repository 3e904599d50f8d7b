"""Which builtin a Python frame is calling, from the instruction that the frame stands at.

While a builtin runs, its caller's frame stands at the call's instruction, and the code object knows which source
expression that is (PEP 657). The callee is then looked up as that expression names it, in the frame's variables,
without running any code of the user's. A profile function would be told the callee, but it is called for every
Python frame of the thread as well: on a ResNet-18 that alone cost 0.4 times the bare forward.
"""

from __future__ import annotations

import inspect
from array import array
from collections.abc import Callable
from functools import lru_cache
from types import BuiltinFunctionType, CodeType, FrameType, MethodDescriptorType, ModuleType, WrapperDescriptorType
from typing import Any, NamedTuple

from torch import Tensor, nn

from explorer.runtime.torch_private.operators import builtin_function, builtin_method
from explorer.torch_source.edited_files import is_up_to_date
from explorer.torch_source.statements import parse_file

_BUILTIN = (BuiltinFunctionType, MethodDescriptorType, WrapperDescriptorType)
# A code object's id and an instruction: hashing the code itself goes through all its constants each time.
InstructionKey = tuple[int, int]


class CallSite(NamedTuple):
    """What a frame stands at."""

    is_call: bool  # a call expression; otherwise an operator, or unknown
    builtin: str | None  # the name of the builtin that is called, where it can be told


class _Callee(NamedTuple):
    """How a call expression names what it calls."""

    root: str  # the first name; "" for a value that has none, as in `x.t().view(-1)`
    attributes: tuple[str, ...]  # that are looked up from there
    is_local: bool  # whether the first name is a variable of the function


_NO_CALL = CallSite(False, None)
_FIGURES, _UNKNOWN = 4, -1  # of an instruction's place in the source


class CallSites:
    """Tells what frames stand at while a builtin reached torch from them. For one run."""

    def __init__(self) -> None:
        self.fixed: dict[InstructionKey, CallSite] = {}  # those that are the same each time: no variable has a say
        self._callees: dict[InstructionKey, _Callee | None] = {}
        self._codes: list[CodeType] = []  # kept, so that no other code object gets the id of one of these

    def at(self, frame: FrameType) -> CallSite:
        """Return the call that a frame stands at."""
        code, instruction = frame.f_code, frame.f_lasti
        key = id(code), instruction
        try:
            callee = self._callees[key]
        except KeyError:
            self._codes.append(code)
            callee = self._callees[key] = _callee(code.co_positions, instruction) if is_up_to_date(code) else None
        if callee is None:
            return self.fixed.setdefault(key, _NO_CALL)
        found, is_fixed = _find(callee, frame)
        site = CallSite(True, found.__name__ if isinstance(found, _BUILTIN) else None)
        if is_fixed and site.builtin is not None:
            self.fixed[key] = site
        return site


def _find(callee: _Callee, frame: FrameType) -> tuple[Any, bool]:
    """Return what a call expression calls, and whether it calls the same each time."""
    root, attributes, is_local = callee
    if root == "":  # what reaches torch is a tensor's method
        return builtin_method(attributes[-1]), True
    found, is_fixed = frame.f_globals.get(root), not is_local
    if found is None or is_local:
        found, is_fixed = frame.f_locals.get(root, found), False
    for attribute in attributes:
        is_fixed = is_fixed and isinstance(found, ModuleType)
        found = _member(found, attribute)
    return found, is_fixed


@lru_cache(maxsize=8192)
def _callee(positions: Callable[[], Any], instruction: int) -> _Callee | None:
    """Return what is called at an instruction; None where it is no call.

    positions: the code's `co_positions`, which stands for the code here: it is hashed by its identity.
    """
    at = _FIGURES * (instruction // 2)
    span = _spans(positions)[at : at + _FIGURES]
    if not span or _UNKNOWN in span:
        return None
    first, last, column, end = span
    code: CodeType = positions.__self__  # type: ignore[attr-defined]
    names = parse_file(code.co_filename).callees.get((first, column, last, end))
    if names is None:
        return None
    root, *attributes = names
    return _Callee(root, tuple(attributes), root in (*code.co_varnames, *code.co_freevars, *code.co_cellvars))


@lru_cache(maxsize=4)  # of the functions that run now: one of 200,000 statements takes 16 MB
def _spans(positions: Callable[[], Any]) -> array[int]:
    """Return first line, last line, first and last column of each instruction, one after the other.

    Python gives them from the first instruction on: asking it anew for each would take a time that grows as the square
    of a function's length.
    """
    return array("i", [_UNKNOWN if each is None else each for span in positions() for each in span])


def _member(owner: Any, name: str) -> Any:
    """Return an attribute, found without running a property or `__getattr__`."""
    if isinstance(owner, ModuleType):
        found = vars(owner).get(name)
        # `torch._VF` passes every name on to torch's builtins.
        return found if found is not None else builtin_function(name)
    if isinstance(owner, Tensor):
        return getattr(type(owner), name, None)
    if isinstance(owner, nn.Module):
        state = vars(owner)
        if name in state:
            return state[name]
        for registry in ("_parameters", "_buffers", "_modules"):
            if name in state.get(registry, ()):
                return state[registry][name]
    return inspect.getattr_static(owner, name, None)
