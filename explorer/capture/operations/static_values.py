"""What an expression of a frame stands for, looked up without running any code of the user's."""

from __future__ import annotations

import ast
import builtins
from types import FrameType, MemberDescriptorType, ModuleType
from typing import Any, Final

from torch import Tensor, nn

from explorer.runtime.plain_reads import attributes_of, class_attribute, is_a
from explorer.runtime.plain_tensors import plain_registry
from explorer.runtime.torch_private.operators import builtin_function, builtin_method

UNKNOWN: Final = object()  # the value of an expression that cannot be looked up
_CONTAINERS = frozenset(map(id, (list, tuple, dict)))
_KEYS = frozenset(map(id, (int, str, bool)))


def value_of(expression: ast.expr, frame: FrameType) -> Any:
    """Return what an expression stands for: a name, attributes and items of it, a constant; UNKNOWN for any other."""
    if isinstance(expression, ast.Name):
        return variable(frame, expression.id)
    if isinstance(expression, ast.Constant):
        return expression.value
    if isinstance(expression, ast.Attribute):
        return _attribute(value_of(expression.value, frame), expression.attr)
    if isinstance(expression, ast.Subscript):
        if isinstance(expression.value, ast.List | ast.Tuple) and isinstance(expression.slice, ast.Constant):
            return _item(tuple(value_of(each, frame) for each in expression.value.elts), expression.slice.value)
        return _item(value_of(expression.value, frame), value_of(expression.slice, frame))
    if isinstance(expression, ast.Call):
        return _attribute_by_getattr(expression, frame)
    return UNKNOWN


def variable(frame: FrameType, name: str) -> Any:
    """Return what a name stands for in a frame."""
    for names in (frame.f_locals, frame.f_globals, vars(builtins)):
        if name in names:
            return names[name]
    return UNKNOWN


def member(owner: Any, name: str) -> Any:
    """Return an attribute as it is stored; None where there is none. No property and no `__getattr__` runs."""
    if is_a(owner, ModuleType):
        found = attributes_of(owner).get(name)
        # `torch._VF` passes every name on to torch's builtins.
        return found if found is not None else builtin_function(name)
    if is_a(owner, Tensor):
        return class_attribute(type(owner), name)
    if is_a(owner, nn.Module):
        state = attributes_of(owner)
        if name in state:
            return state[name]
        for registry in ("_parameters", "_buffers", "_modules"):
            held = state.get(registry)
            if type(held) is dict and name in held:
                return held[name]
    own = attributes_of(owner).get(name)
    found = own if own is not None else class_attribute(owner if is_a(owner, type) else type(owner), name)
    return found.__get__(owner) if isinstance(found, MemberDescriptorType) else found


def _attribute(owner: Any, name: str) -> Any:
    if owner is UNKNOWN:
        # What is called on a value that has no name, as in `x.t().view(-1)`, and reaches torch is a tensor's method.
        owner, found = None, builtin_method(name)
    else:
        found = member(owner, name)
    return UNKNOWN if found is None else found


def _item(owner: Any, key: Any) -> Any:
    """Return an item of a list, a tuple, a dict, or a module that holds others."""
    if is_a(owner, nn.Module) and issubclass(type(owner), (nn.ModuleList, nn.Sequential, nn.ModuleDict)):
        modules = plain_registry(attributes_of(owner).get("_modules"))
        owner = modules if is_a(owner, nn.ModuleDict) else list(modules.values())
    if id(type(owner)) not in _CONTAINERS or id(type(key)) not in _KEYS:
        return UNKNOWN
    try:
        return owner[key]
    except (LookupError, TypeError):
        return UNKNOWN


def _attribute_by_getattr(call: ast.Call, frame: FrameType) -> Any:
    """Return what `getattr(owner, "name")` gives."""
    if len(call.args) != 2 or call.keywords or value_of(call.func, frame) is not getattr:
        return UNKNOWN
    owner, name = (value_of(argument, frame) for argument in call.args)
    return _attribute(owner, name) if owner is not UNKNOWN and type(name) is str else UNKNOWN
