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
        owner = called.__self__
        return describe_method(called.__func__, type(owner), paths.get(id(owner)))
    if kind is FunctionType:
        return Callee(called.__qualname__, kind_of_function(called.__code__), _text(called.__module__))
    if id(kind) in _BUILTIN:
        return Callee(called.__qualname__, "builtin", _text(getattr(called, "__module__", None)))
    if issubclass(kind, type):
        return Callee(qualified_name_of_class(called), "class", _origin(called))
    if kind is partial:
        return describe(called.func, paths)._replace(kind="partial")
    return Callee(qualified_name_of_class(kind), "object", _origin(kind))


def describe_method(function: Any, kind: type, path: str | None) -> Callee:
    """Return what a method is. kind: its owner's class. path: the owner's, where it is a module that has one."""
    inner = describe(function, {})
    is_module = issubclass(kind, nn.Module)
    return Callee(
        inner.name,
        "method" if inner.kind == "function" else inner.kind,
        inner.origin,
        path if is_module else None,
        name_of_class(kind) if is_module else None,
    )


class CalledBySteps:
    """What the statements of torch's `__call__` call, each a hook or `forward`. For one run."""

    def __init__(self, paths: Mapping[int, str]) -> None:
        """paths: id of a module → its dotted path."""
        self._paths = paths
        self._found: dict[int, Callee] = {}  # by index of the step
        # Methods are described when the call is over: their step, function, owner's class, owner's path.
        self._methods: list[tuple[int, FunctionType, type, str | None]] = []

    def add(self, step: int, called: Any) -> None:
        """Note what a step calls."""
        if type(called) is MethodType and type(called.__func__) is FunctionType:
            owner = called.__self__
            self._methods.append((step, called.__func__, type(owner), self._paths.get(id(owner))))
        else:
            self._found[step] = describe(called, self._paths)

    def read(self) -> Mapping[int, Callee]:
        """Return what each step called, by its index, and keep none of it."""
        known: dict[tuple[int, int], Callee] = {}  # ids of a function and of a class
        for step, function, kind, path in self._methods:
            callee = known.get((id(function), id(kind)))
            if callee is None:
                callee = known[id(function), id(kind)] = describe_method(function, kind, None)
            self._found[step] = callee._replace(module=path) if callee.module_class is not None else callee
        self._methods = []
        return self._found


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
