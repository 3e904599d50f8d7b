"""Which builtin a Python frame is calling, from the instruction that the frame stands at.

While a builtin runs, its caller's frame stands at the call's instruction, and the code object knows which source
expression that is (PEP 657). The callee is then looked up as that expression names it, in the frame's own
variables, without running anybody's code. A profile function would be told the callee, but it is called for every
Python frame of the process's thread as well: on a ResNet-18 that alone cost 0.4 times the bare forward.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import lru_cache
from itertools import islice
from types import BuiltinFunctionType, CodeType, FrameType, MethodDescriptorType, ModuleType, WrapperDescriptorType
from typing import Any

from torch import Tensor, nn

from explorer.runtime.torch_private.operators import builtin_function, builtin_method
from explorer.torch_source.edited_files import up_to_date
from explorer.torch_source.statements import read

_BUILTIN = (BuiltinFunctionType, MethodDescriptorType, WrapperDescriptorType)


# A call expression (otherwise an operator, or unknown), and the builtin that is called, where it can be told.
Site = tuple[bool, str | None]
# A code object's id and an instruction: hashing the code itself goes through all its constants each time.
Place = tuple[int, int]
Callee = tuple[str, tuple[str, ...], bool]  # a name, the attributes that are looked up from there, whether it is local


class CallSites:
    """Tells what frames stand at while a builtin reached torch from them. For one run."""

    def __init__(self) -> None:
        self.settled: dict[Place, Site] = {}  # where no variable has a say
        self._callees: dict[Place, Callee | None] = {}
        self._codes: list[CodeType] = []  # kept, so that an id stays its own

    def at(self, frame: FrameType) -> Site:
        """The call that a frame stands at."""
        code, instruction = frame.f_code, frame.f_lasti
        place = id(code), instruction
        try:
            callee = self._callees[place]
        except KeyError:
            self._codes.append(code)
            callee = self._callees[place] = _callee(code.co_positions, instruction) if up_to_date(code) else None
        if callee is None:
            return self.settled.setdefault(place, (False, None))
        root, attributes, variable = callee
        found: Any
        if root == "":  # a method of an unnamed value, as in `x.t().view(-1)`; what reaches torch is a tensor's
            found, settled = builtin_method(attributes[-1]), True
            attributes = ()
        else:
            found, settled = frame.f_globals.get(root), not variable
            if found is None or variable:
                found, settled = frame.f_locals.get(root, found), False
        for attribute in attributes:
            settled = settled and isinstance(found, ModuleType)
            found = _member(found, attribute)
        site = True, found.__name__ if isinstance(found, _BUILTIN) else None
        if settled and site[1] is not None:
            self.settled[place] = site
        return site


@lru_cache(maxsize=8192)
def _callee(positions: Callable[[], Any], instruction: int) -> Callee | None:
    """What is called at an instruction; None where it is no call.

    positions: the code's `co_positions`, which stands for the code here: it is hashed by its identity.
    """
    place = next(islice(positions(), instruction // 2, None), None)
    if place is None or None in place:
        return None
    first, last, column, end = place
    code: CodeType = positions.__self__  # type: ignore[attr-defined]
    names = read(code.co_filename).callees.get((first, column, last, end))
    if names is None:
        return None
    root, *attributes = names
    return root, tuple(attributes), root in (*code.co_varnames, *code.co_freevars, *code.co_cellvars)


def _member(owner: Any, name: str) -> Any:
    """An attribute, found without running a property or `__getattr__`."""
    if isinstance(owner, ModuleType):
        found = vars(owner).get(name)
        # `torch._VF` passes every name on to this.
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
