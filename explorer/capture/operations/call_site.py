"""What a Python frame is doing while an operation is dispatched: which builtin it calls, or which operator it applies.

While a builtin runs, its caller's frame stands at the call's instruction, and the code object knows which source
expression that is (PEP 657). The callee is then looked up as that expression names it, in the frame's variables,
without running any code of the user's. A profile function would be told the callee, but it is called for every
Python frame of the thread as well: on a ResNet-18 that alone cost 0.4 times the bare forward.
"""

from __future__ import annotations

import ast
import sys
from functools import cache, partial
from opcode import opmap
from types import BuiltinFunctionType, CodeType, FrameType, MethodDescriptorType, ModuleType, WrapperDescriptorType
from typing import Any, Final, NamedTuple

from explorer.capture.operations.operators import name_of_operator
from explorer.capture.operations.static_values import UNKNOWN, member, value_of
from explorer.runtime.plain_reads import is_a, module_name_of_class, name_of_class
from explorer.runtime.torch_private.operators import builtin_method
from explorer.runtime.torch_private.scripts import calls_its_first_argument, flag_of_script, name_of_script
from explorer.torch_source.by_code import ByCode
from explorer.torch_source.edited_files import is_up_to_date
from explorer.torch_source.expressions import expression_at, span_of
from explorer.torch_source.statements import parse_file

_BUILTIN = (BuiltinFunctionType, MethodDescriptorType, WrapperDescriptorType)
_CALLS = frozenset(opmap[name] for name in ("PRECALL", "CALL", "CALL_KW", "CALL_FUNCTION_EX") if name in opmap)
# A code object's id and an instruction: hashing the code itself goes through all its constants each time.
InstructionKey = tuple[int, int]


class CallSite(NamedTuple):
    """What a frame stands at."""

    name: str | None  # of what is called; None where what torch dispatches names itself
    # Whether all that torch dispatches while the frame stands there is one call's. Python's own builtins may call
    # several of torch's, as `list(map(torch.exp, tensors))` does; so may a callee that is not known.
    is_one: bool
    is_script: bool = False  # whether a script is called, whose operations are no calls of Python's
    is_torch: bool = False  # whether it is torch's own
    name_of_several: str | None = None  # the name where more than one operation was dispatched, instead of the first's
    script: Any = None  # the script that is called
    training: bool | None = None  # its own flag; None where it has none


NO_CALL: Final = CallSite(None, False)
_NAMED_ALWAYS = ("matmul", "__setitem__")  # for which torch dispatches what has other names


class _Callee(NamedTuple):
    """How a call expression names what it calls."""

    root: str  # the first name; "" for a value that has none, as in `x.t().view(-1)`
    attributes: tuple[str, ...]  # that are looked up from there
    is_local: bool  # whether the first name is a variable of the function


class CallSites:
    """Tells what frames stand at while torch was reached from them. For one run."""

    def __init__(self) -> None:
        self.fixed: dict[InstructionKey, CallSite] = {}  # those that are the same each time: no variable has a say
        self._callees: dict[InstructionKey, _Callee | CallSite] = {}
        self._codes: list[CodeType] = []  # kept, so that no other code object gets the id of one of these

    def at(self, frame: FrameType, instruction: int | None = None) -> CallSite:
        """Return what a frame does. instruction: at which it stands, where that is not the one that it is at now."""
        code, instruction = frame.f_code, frame.f_lasti if instruction is None else instruction
        key = id(code), instruction
        try:
            callee = self._callees[key]
        except KeyError:
            self._codes.append(code)
            callee = self._callees[key] = _operator(code, instruction) or (
                _callee(code, instruction) if is_up_to_date(code) else NO_CALL
            )
        if isinstance(callee, CallSite):
            return self.fixed.setdefault(key, callee)
        found, is_fixed = _find(callee, frame, instruction)
        if calls_its_first_argument(found):
            found, is_fixed = _first_argument(frame, instruction), False
        site = site_of_callee(found)
        if is_fixed and site.name is not None:
            self.fixed[key] = site
        return site


def site_of_callee(callee: Any) -> CallSite:
    """Return the site at which something is called."""
    while type(callee) is partial:
        callee = callee.func
    script = name_of_script(callee)
    if script is not None:
        return CallSite(script, True, is_script=True, is_torch=True, training=flag_of_script(callee), script=callee)
    kind = type(callee)  # of a caller's object nothing is asked, `__class__` neither
    if issubclass(kind, type):
        home: str | None = module_name_of_class(callee)
    elif issubclass(kind, _BUILTIN):
        home = _home_of(callee)
    else:
        return NO_CALL
    if _is_pythons_own(home):
        return NO_CALL
    name = name_of_class(callee) if issubclass(kind, type) else callee.__name__
    return CallSite(name, True, is_torch=(home or "").partition(".")[0] == "torch")


def _home_of(builtin: Any) -> str | None:
    """Return the module that a builtin comes from; None where that is not known."""
    home = getattr(builtin, "__module__", None)
    if home is None:
        owner = getattr(builtin, "__objclass__", None) or getattr(builtin, "__self__", None)
        if type(owner) is ModuleType:
            return owner.__name__
        home = module_name_of_class(owner if is_a(owner, type) else type(owner))  # type: ignore[arg-type]
    return home


def _is_pythons_own(module: str | None) -> bool:
    """Return whether a builtin is Python's. The functions of `operator` stand for operators: each is one call."""
    root = (module or "").partition(".")[0]
    return root in sys.stdlib_module_names and root != "_operator"


def _operator(code: CodeType, instruction: int) -> CallSite | None:
    """Return what an operator's instruction is; None for a call.

    For most operators torch dispatches one operation, which then names itself; inside of `torch.vmap` it may be more.
    """
    if code.co_code[instruction] in _CALLS:
        return None
    name = name_of_operator(code, instruction)
    if name in _NAMED_ALWAYS:
        return CallSite(name, True)
    return NO_CALL if name is None else CallSite(None, True, name_of_several=name)


def _find(callee: _Callee, frame: FrameType, instruction: int) -> tuple[Any, bool]:
    """Return what a call expression calls, and whether it calls the same each time."""
    root, attributes, is_local = callee
    if root == "":
        if attributes != ("",):  # a method of a value without a name: what reaches torch is a tensor's
            found = builtin_method(attributes[-1])
            if found is not None:
                return found, True
        call = expression_at(frame.f_code, instruction)
        return (value_of(call.func, frame) if isinstance(call, ast.Call) else UNKNOWN), False
    found, is_fixed = frame.f_globals.get(root), not is_local
    if found is None or is_local:
        found, is_fixed = frame.f_locals.get(root, found), False
    if found is None:
        found = frame.f_builtins.get(root)
    for attribute in attributes:
        is_fixed = is_fixed and is_a(found, ModuleType)
        found = member(found, attribute)
    return found, is_fixed


def _first_argument(frame: FrameType, instruction: int) -> Any:
    """Return the first argument of a call by position; UNKNOWN where it cannot be looked up."""
    call = expression_at(frame.f_code, instruction)
    if not isinstance(call, ast.Call) or not call.args:
        return UNKNOWN
    first = call.args[0]
    if not isinstance(first, ast.Starred):
        return value_of(first, frame)
    several = value_of(first.value, frame)
    return several[0] if type(several) in (tuple, list) and several else UNKNOWN


@cache
def _callees() -> ByCode[dict[int, _Callee | CallSite]]:
    """Return what was found of each code object: what is called at those of its instructions that were asked for."""
    return ByCode(lambda code: {})


def _callee(code: CodeType, instruction: int) -> _Callee | CallSite:
    """Return what is called at an instruction; a site without a name where that is not known."""
    known = _callees()(code)
    if instruction not in known:
        known[instruction] = _find_callee(code, instruction)
    return known[instruction]


def _find_callee(code: CodeType, instruction: int) -> _Callee | CallSite:
    span = span_of(code, instruction)
    names = None if span is None else parse_file(code.co_filename).callees.get(span)
    if names is None:
        return NO_CALL
    root, *attributes = names
    return _Callee(root, tuple(attributes), root in (*code.co_varnames, *code.co_freevars, *code.co_cellvars))
