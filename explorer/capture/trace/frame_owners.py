"""Which module a frame belongs to: read off its first argument, and off what that module and its class hold.

What a function calls its first argument says nothing: `self` may be a variable of an outer function, and a decorator
calls it `args[0]`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property, partial, partialmethod
from types import CodeType, FunctionType, MethodType
from typing import Any

from torch import nn

from explorer.capture.callees.describe import is_same_function
from explorer.capture.trace.code_plan import CodePlan, Holding
from explorer.runtime.plain_reads import attributes_of, bases_of, is_a, namespace_of, state_of_module
from explorer.runtime.plain_tensors import is_class_of_torch

_DEEPEST = 16  # wrappers around wrappers
_FUNCTIONS_OF_PROPERTY = tuple(vars(property)[name].__get__ for name in ("fget", "fset", "fdel"))
_NO_OWNER: tuple[None, None] = None, None


def owner_of(plan: CodePlan, names: Mapping[str, Any]) -> tuple[nn.Module, Holding] | tuple[None, None]:
    """Return the module whose method a frame runs, and what of that module it is; two Nones for any other frame.

    names: the frame's locals as it begins. Runs no code of the caller's.
    """
    if plan.first_argument is None:
        return _NO_OWNER
    first: Any = first_argument(plan, names) if plan.first_is_starred else names.get(plan.first_argument)
    kind = type(first)
    if not issubclass(kind, nn.Module):
        return _NO_OWNER
    if plan.is_call_path:  # most frames that get here
        return first, "method"
    known = plan.holdings.get(id(kind))
    if known is None:
        known = plan.holdings[id(kind)] = kind, _of_class(kind, plan.code)
    holding = known[1]
    if holding != "method":
        holding = _of_module(first, plan.code, holding)
    return _NO_OWNER if holding is None else (first, holding)


def first_argument(plan: CodePlan, names: Mapping[str, Any]) -> Any:
    """Return what a frame was given first, by position; None where it was given nothing."""
    if plan.first_argument is None:
        return None
    first = names.get(plan.first_argument)
    if plan.first_is_starred:
        return first[0] if first else None
    return first


def _of_class(kind: type, code: CodeType) -> Holding | None:
    """Return what a function is in a class of modules; None where the class does not have it."""
    is_first = True
    for base in bases_of(kind):
        held = namespace_of(base).get("forward")
        if held is None:
            continue
        for depth, (each, is_partial) in enumerate(_functions(held)):
            if is_same_function(each, code):
                if not is_first:
                    return "base"
                return "partial" if is_partial else "inner" if depth else "forward"
        is_first = False
    return "method" if _has_method(kind, code) else None


def _has_method(kind: type, code: CodeType) -> bool:
    """Return whether a class has a function under some name, as a property or in a decorator too."""
    for base in bases_of(kind):
        own = namespace_of(base)
        under_its_name = own.get(code.co_name)
        if under_its_name is not None and _holds(under_its_name, code):
            return True
    # A decorator's function has a name of its own. In torch's classes none has that is traced.
    bases = [base for base in bases_of(kind) if not is_class_of_torch(base)]
    return any(_holds(held, code) for base in bases for held in tuple(namespace_of(base).values()))


def _of_module(module: nn.Module, code: CodeType, in_class: Holding | None) -> Holding | None:
    """Return what a function is in one module, which may have a `forward` of its own.

    in_class: what it is in the module's class.
    """
    own = state_of_module(module)
    held = own.get("forward")
    if held is not None:
        for depth, (each, is_partial) in enumerate(_functions(held)):
            if is_same_function(each, code):
                return "partial" if is_partial and in_class is None else "inner" if depth else "forward"
        return in_class and "base"
    if in_class is None:
        method = own.get(code.co_name)
        return "method" if method is not None and _holds(method, code) else None
    return in_class


def _holds(held: Any, code: CodeType) -> bool:
    parts = [held]
    if is_a(held, property):
        parts = [each(held) for each in _FUNCTIONS_OF_PROPERTY]
    elif type(held) is cached_property:
        parts = [held.func]
    return any(is_same_function(each, code) for part in parts for each, _ in _functions(part))


def _functions(held: Any) -> Iterator[tuple[CodeType, bool]]:
    """Yield the functions that run when an attribute is called, outermost first, and whether a partial is around each.

    A decorator says what it is around (`__wrapped__`), or keeps it in a variable of its own.
    """
    is_partial = False
    for _ in range(_DEEPEST):
        kind = type(held)
        if kind is FunctionType:
            yield held.__code__, is_partial
            held = vars(held).get("__wrapped__") or _decorated(held)
        elif kind is partial or kind is partialmethod:
            held, is_partial = held.func, True
        elif kind is MethodType or issubclass(kind, staticmethod | classmethod):
            held = held.__func__
        elif held is None or issubclass(kind, type):
            return
        else:
            held = attributes_of(held).get("__wrapped__")


def _decorated(function: FunctionType) -> FunctionType | None:
    """Return the `forward` that a function keeps in a variable of an outer function; None where it keeps none."""
    for cell in function.__closure__ or ():
        try:
            kept = cell.cell_contents
        except ValueError:  # nothing is in it yet
            continue
        kept = kept.__func__ if type(kept) is MethodType else kept
        if type(kept) is FunctionType and kept.__code__.co_name == "forward":
            return kept
    return None
