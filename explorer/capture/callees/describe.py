"""What an object is that Python calls, and which code it begins with."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping
from functools import partial
from types import BuiltinFunctionType, CodeType, FunctionType, MethodDescriptorType, MethodType, WrapperDescriptorType
from typing import Any

from torch import nn

from explorer.record.callees import Callee, CalleeKind
from explorer.runtime.plain_reads import (
    attributes_of,
    class_attribute,
    name_of_class,
    namespace_of,
    qualified_name_of_class,
)

_BUILTIN = frozenset(map(id, (BuiltinFunctionType, MethodDescriptorType, WrapperDescriptorType)))
_DEEPEST = 16  # wrappers around wrappers


def describe(called: Any, paths: Mapping[int, str]) -> Callee:
    """Return what an object is that was called. paths: id of a module → its dotted path. Runs no code of the caller's.

    Never raises.
    """
    kind = type(called)
    if issubclass(kind, nn.Module):
        return Callee(
            qualified_name_of_class(kind), "module", _origin(kind), paths.get(id(called)), name_of_class(kind)
        )
    if kind is MethodType:
        function, owner = called.__func__, called.__self__
        inner = describe(function, paths)
        is_module = issubclass(type(owner), nn.Module)
        return Callee(
            inner.name,
            "method" if inner.kind == "function" else inner.kind,
            inner.origin,
            paths.get(id(owner)) if is_module else None,
            name_of_class(type(owner)) if is_module else None,
        )
    if kind is FunctionType:
        return Callee(called.__qualname__, kind_of_function(called.__code__), _text(called.__module__))
    if id(kind) in _BUILTIN:
        return Callee(called.__qualname__, "builtin", _text(getattr(called, "__module__", None)))
    if issubclass(kind, type):
        return Callee(qualified_name_of_class(called), "class", _origin(called))
    if kind is partial:
        return describe(called.func, paths)._replace(kind="partial")
    return Callee(qualified_name_of_class(kind), "object", _origin(kind))


class Descriptions:
    """Describes what a call of a model calls. For one run: what a method is, apart from its owner, is found once."""

    def __init__(self, paths: Mapping[int, str]) -> None:
        """paths: id of a module → its dotted path."""
        self._paths = paths
        # Ids of a function and of its owner's class → its description; both are kept, so that no others get these ids.
        self._methods: dict[tuple[int, int], tuple[Callee, Any, type]] = {}

    def of(self, called: Any) -> Callee:
        """Return what an object is that was called."""
        if type(called) is not MethodType or type(called.__func__) is not FunctionType:
            return describe(called, self._paths)
        function, owner = called.__func__, called.__self__
        key = id(function), id(type(owner))
        known = self._methods.get(key)
        if known is None:
            known = self._methods[key] = describe(called, {}), function, type(owner)
        name, kind, origin, _, module_class = known[0]
        return Callee(
            name, kind, origin, self._paths.get(id(owner)) if module_class is not None else None, module_class
        )


def kind_of_function(code: CodeType) -> CalleeKind:
    """Return what a call of a function with this code is."""
    if code.co_flags & inspect.CO_COROUTINE:
        return "coroutine function"
    if code.co_flags & inspect.CO_ASYNC_GENERATOR:
        return "asynchronous generator function"
    return "generator function" if code.co_flags & inspect.CO_GENERATOR else "function"


def begins_with(called: Any, code: CodeType, owner: Any) -> bool:
    """Return whether a frame of this code is what runs when an object is called, with nothing of another in between.

    A decorator's wrapper that says what is in it, and a partial, count as what is in them.
    owner: the module that the frame belongs to; None where there is none.
    """
    kind = type(called)
    if kind is MethodType:
        called = called.__func__
        kind = type(called)
    if kind is FunctionType and called.__code__ is code:  # the most frequent
        return True
    if owner is not called and issubclass(kind, nn.Module):
        return False
    return any(is_same_function(each, code) for each in _codes(called))


def is_same_function(one: CodeType, other: CodeType) -> bool:
    """Return whether two code objects are of one function: `torch.compile` makes others of a function's code."""
    return one is other or (
        one.co_firstlineno == other.co_firstlineno
        and one.co_qualname == other.co_qualname
        and one.co_filename == other.co_filename
    )


def _codes(called: Any) -> Iterator[CodeType]:
    """Yield the code of what is called, and of what that is around."""
    for _ in range(_DEEPEST):
        kind = type(called)
        if kind is partial:
            called = called.func
        elif kind is MethodType or issubclass(kind, staticmethod | classmethod):
            called = called.__func__
        elif kind is FunctionType:
            yield called.__code__
            called = vars(called).get("__wrapped__")
        elif issubclass(kind, type):
            yield from _codes_of_class(called)
            return
        elif id(kind) in _BUILTIN or called is None:
            return
        else:
            wrapped = attributes_of(called).get("__wrapped__")  # of `lru_cache`, for one
            called = class_attribute(kind, "__call__") if wrapped is None else wrapped


def _codes_of_class(kind: type) -> Iterator[CodeType]:
    for owner, name in ((type(kind), "__call__"), (kind, "__new__"), (kind, "__init__")):
        function = class_attribute(owner, name)
        if issubclass(type(function), staticmethod):
            function = function.__func__
        if type(function) is FunctionType:
            yield function.__code__


def _origin(kind: type) -> str:
    return _text(namespace_of(kind).get("__module__"))


def _text(name: object) -> str:
    return str(name) if type(name) is str else ""
