"""A call of torch's that raised: it may have dispatched nothing, so what it was given is looked up in the frame."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from opcode import opname
from types import CodeType, FrameType, MappingProxyType, TracebackType
from typing import NamedTuple

from torch import Tensor

from explorer.capture.operations.call_site import site_of_callee
from explorer.capture.operations.held_tensors import tensors_held_by
from explorer.capture.operations.static_values import UNKNOWN, value_of
from explorer.capture.trace.running_call import RunningCall
from explorer.capture.trace.tape import CallPlace, Position
from explorer.torch_source.edited_files import is_up_to_date
from explorer.torch_source.expressions import expression_at, instructions_of

# What torch calls the operators that it has builtins for.
_NAMES: Mapping[type[ast.AST], str] = MappingProxyType({
    ast.Add: "add", ast.Sub: "sub", ast.Mult: "mul", ast.Div: "div", ast.FloorDiv: "floor_divide",
    ast.Mod: "remainder", ast.Pow: "pow", ast.MatMult: "matmul", ast.BitAnd: "bitwise_and", ast.BitOr: "bitwise_or",
    ast.BitXor: "bitwise_xor", ast.LShift: "bitwise_left_shift", ast.RShift: "bitwise_right_shift", ast.USub: "neg",
    ast.UAdd: "positive", ast.Invert: "bitwise_not", ast.Lt: "lt", ast.LtE: "le", ast.Gt: "gt", ast.GtE: "ge",
    ast.Eq: "eq", ast.NotEq: "ne",
})  # fmt: skip


# Instructions that have the position of an expression, and do not compute it: the jump of `if x > 0`, the error of an
# `assert`, what takes an iterator's next item or unpacks a value.
_COMPUTES_NOTHING = (
    "POP_JUMP",
    "JUMP",
    "RAISE",
    "TO_BOOL",
    "UNARY_NOT",
    "FOR_ITER",
    "UNPACK",
    "GET_ITER",
    "LOAD_ASSERTION",
)


class RaisedCall(NamedTuple):
    """What a frame stood at when an exception came out of it, without a Python frame in between."""

    place: CallPlace  # where the frame stood
    position: Position
    name: str | None  # of the builtin or the operator; None for what is neither
    is_torch: bool  # whether it is torch's for certain; otherwise it is where it was given a tensor
    tensors: list[Tensor]  # that it was given under a name
    nested: tuple[int, ...]  # the instructions that computed its other arguments


def raised_call(traceback: TracebackType, running: RunningCall, ours: CodeType) -> RaisedCall | None:
    """Return the call that raised, from the traceback of an exception; None where a dispatched operation raised it.

    ours: the code that torch dispatches to.
    """
    entry = traceback
    while entry.tb_next is not None:
        entry = entry.tb_next
        if entry.tb_frame.f_code is ours:
            return None
    frame, instruction = entry.tb_frame, entry.tb_lasti
    code = frame.f_code
    computes = not opname[code.co_code[instruction]].startswith(_COMPUTES_NOTHING)
    expression = expression_at(code, instruction) if computes and is_up_to_date(code) else None
    name, is_torch = _name(expression, frame)
    operands = [] if expression is None else list(_operands(expression))
    values = [value_of(operand, frame) for operand in operands]
    tensors = [tensor for value in values for tensor in tensors_held_by(value, objects=False)]
    unknown = [operand for operand, value in zip(operands, values, strict=True) if value is UNKNOWN]
    nested = tuple(each for operand in unknown for each in instructions_of(code, operand))
    place = id(frame), instruction, running.turn_of(id(frame))
    return RaisedCall(place, running.position(), name, is_torch, tensors, nested)


def _name(expression: ast.expr | ast.AugAssign | None, frame: FrameType) -> tuple[str | None, bool]:
    """Return the name of what an expression calls or applies, and whether that is torch's for certain."""
    if isinstance(expression, ast.Call):
        function = expression.func
        site = site_of_callee(value_of(function, frame))
        # A method of a value that has no name may be another object's.
        named = not isinstance(function, ast.Attribute) or value_of(function.value, frame) is not UNKNOWN
        return site.name, site.is_torch and named
    if isinstance(expression, ast.Subscript):
        return "__getitem__" if isinstance(expression.ctx, ast.Load) else "__setitem__", False
    if isinstance(expression, ast.AugAssign):
        name = _NAMES.get(type(expression.op))
        return name and f"{name}_", False
    if isinstance(expression, ast.BinOp | ast.UnaryOp):
        return _NAMES.get(type(expression.op)), False
    return (_NAMES.get(type(expression.ops[0])) if isinstance(expression, ast.Compare) else None), False


def _operands(expression: ast.AST) -> Iterator[ast.expr]:
    """Yield what an expression works on, with the items of tuples and lists that are written out in it."""
    if isinstance(expression, ast.Call):
        if isinstance(expression.func, ast.Attribute):
            yield expression.func.value
        parts: list[ast.expr] = [*expression.args, *(keyword.value for keyword in expression.keywords)]
    elif isinstance(expression, ast.AugAssign):
        parts = [expression.target, expression.value]
    else:
        parts = [each for each in ast.iter_child_nodes(expression) if isinstance(each, ast.expr)]
    for part in parts:
        inner = part.value if isinstance(part, ast.Starred) else part
        if isinstance(inner, ast.Tuple | ast.List):
            yield from _operands(inner)
        else:
            yield inner
