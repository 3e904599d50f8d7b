"""What the text of a call passes for a parameter of the function that it entered."""

from __future__ import annotations

import ast

from explorer.reading.notes.run_index import RunIndex
from explorer.record import Frame
from explorer.torch_source.function_source import FunctionNode, argument_of
from explorer.torch_source.syntax import name_of


def passed_for(run: RunIndex, caller: Frame, call: ast.Call, callee: Frame, parameter: str) -> ast.expr | None:
    """Return what a call passes for a parameter; None where it passes nothing.

    Raises LookupError where the text does not say, as with `*args`, or with what a `functools.partial` adds.
    """
    source = run.source(callee)
    if source is None:
        raise LookupError(parameter)
    made_here = isinstance(call.func, ast.Call) and name_of(call.func.func) != "getattr"
    if callee.through is not None or made_here:
        passed = argument_of(call, parameter, None)
        if passed is None:  # what stands between may pass it
            raise LookupError(parameter)
        return passed
    position = _position(source.node, parameter)
    if position is not None and _is_bound(run, caller, call, callee, source.node):
        position -= 1
    return argument_of(call, parameter, position)


def _position(function: FunctionNode, name: str) -> int | None:
    """Return a parameter's place among those that are passed by position; None for a keyword-only one."""
    names = [each.arg for each in (*function.args.posonlyargs, *function.args.args)]
    return names.index(name) if name in names else None


def _is_bound(run: RunIndex, caller: Frame, call: ast.Call, callee: Frame, function: FunctionNode) -> bool:
    """Return whether Python passes the first argument itself: that of a method, if the call does not pass it."""
    is_static = any(ast.unparse(each) == "staticmethod" for each in function.decorator_list)
    owner = callee.function.split(".")[-2:-1]
    if is_static or not owner or owner == ["<locals>"]:
        return callee.role == "forward" and not is_static
    first = call.args[0] if call.args else None
    if not isinstance(first, ast.Name) or not isinstance(call.func, ast.Attribute):
        return True
    if ast.unparse(call.func.value) == first.id:
        return True
    given = {change.name: change.value for change in run.begins(caller).changes}
    received = next(iter(run.begins(callee).changes), None)
    return received is None or first.id not in given or given[first.id] != received.value
