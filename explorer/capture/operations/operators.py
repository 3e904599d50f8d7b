"""Which operator an instruction of Python's applies, by the name of torch's builtin for it."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from opcode import cmp_op, opmap
from types import CodeType, MappingProxyType

_BINARY = opmap["BINARY_OP"]
_OF_BINARY = (
    "add", "bitwise_and", "floor_divide", "bitwise_left_shift", "matmul", "mul", "remainder", "bitwise_or", "pow",
    "bitwise_right_shift", "sub", "div", "bitwise_xor",
)  # fmt: skip
_SUBSCRIPT = 26  # the argument of BINARY_OP that stands for `x[i]`, since Python 3.14
_GETS_ITEM = frozenset(opmap[name] for name in ("BINARY_SUBSCR", "BINARY_SLICE") if name in opmap)
_SETS_ITEM = frozenset(opmap[name] for name in ("STORE_SUBSCR", "STORE_SLICE") if name in opmap)
_NEGATIVE, _INVERT = opmap["UNARY_NEGATIVE"], opmap["UNARY_INVERT"]
_COMPARE = opmap["COMPARE_OP"]
_OF_COMPARE: Mapping[str, str] = MappingProxyType(
    {"<": "lt", "<=": "le", "==": "eq", "!=": "ne", ">": "gt", ">=": "ge"}
)
# By how many bits the argument of COMPARE_OP is moved, in this release of Python.
_MOVED = 5 if sys.version_info >= (3, 13) else 4 if sys.version_info >= (3, 12) else 0


def name_of_operator(code: CodeType, instruction: int) -> str | None:
    """Return "add" for `x + y`, "matmul" for `x @ y` and `x @= y`, "__getitem__" for `x[i]`; None for no operator."""
    opcode, argument = code.co_code[instruction], code.co_code[instruction + 1]
    if opcode == _BINARY and argument < 2 * len(_OF_BINARY):
        name = _OF_BINARY[argument % len(_OF_BINARY)]
        return name if argument < len(_OF_BINARY) or name == "matmul" else f"{name}_"
    if opcode in _GETS_ITEM or (opcode == _BINARY and argument == _SUBSCRIPT):
        return "__getitem__"
    if opcode in _SETS_ITEM:
        return "__setitem__"
    if opcode == _COMPARE:
        return _OF_COMPARE.get(cmp_op[argument >> _MOVED])
    return "neg" if opcode == _NEGATIVE else "bitwise_not" if opcode == _INVERT else None
