"""From a path to the object that it leads to, without running code of the caller's."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping
from functools import cached_property, partialmethod
from types import (
    BuiltinFunctionType,
    FunctionType,
    GetSetDescriptorType,
    MappingProxyType,
    MemberDescriptorType,
    MethodDescriptorType,
    MethodType,
    ModuleType,
    WrapperDescriptorType,
)
from typing import Any, Final

from torch import nn

from explorer.runtime.plain_reads import bases_of, namespace_of, state_of_module
from explorer.runtime.plain_tensors import plain_registry
from explorer.torch_source.callee_paths import CalleePath

NOT_FOUND: Final = object()
_NOT_PROVIDED: Final = NOT_FOUND, False
EMPTY: Mapping[str, Any] = MappingProxyType({})
_PLAIN = (FunctionType, type, MethodDescriptorType, WrapperDescriptorType, BuiltinFunctionType)
# What an attribute is, such a thing decides by its own code, or by code in C that needs the object.
_COMPUTED = (property, cached_property, partialmethod, GetSetDescriptorType, MemberDescriptorType)


class LookUp:
    """Finds what paths lead to. For one run: what a class says of an attribute is found once."""

    def __init__(self) -> None:
        self._classes: dict[int, _Class] = {}  # by id: a class's hash may be a function of its metaclass

    def follow(self, path: CalleePath, names: Mapping[str, Any], global_names: Mapping[str, Any]) -> Any:
        """Return what a path leads to; `NOT_FOUND` where only running code could tell.

        names: the variables of the frame. global_names: those of its module.
        """
        if len(path) == 1 and path[0][0] == "name":
            return _variable(path[0][1], names, global_names)  # type: ignore[arg-type]
        found: Any = NOT_FOUND
        for kind, key, by_variable in path:
            if by_variable:
                key = names.get(str(key), NOT_FOUND)
                if type(key) is not int and type(key) is not str:
                    return NOT_FOUND
            if kind == "attribute":
                found = self.attribute(found, key) if type(key) is str else NOT_FOUND
            elif kind == "name":
                found = _variable(key, names, global_names)  # type: ignore[arg-type]
            elif kind == "super":
                found = _Super.of(names)
            else:
                found = _item(found, key)
            if found is NOT_FOUND:
                break
        return found

    def attribute(self, owner: Any, name: str) -> Any:
        """Return what `owner.name` is; `NOT_FOUND` where a property, a descriptor or `__getattr__` has its say."""
        kind = type(owner)
        if kind is ModuleType:  # of most paths that begin with a global name
            return vars(owner).get(name, NOT_FOUND)
        if kind is _Super:
            return owner.attribute(name)
        known = self._classes.get(id(kind))
        if known is None:
            known = self._classes[id(kind)] = _Class(kind)
        if known.is_plain_module:
            if (found := known.known.get(name)) is None:
                found = known.provided(name)
            if found is _NOT_PROVIDED:
                state = state_of_module(owner)
                if name in state:
                    return state[name]
                registered = state.get("_modules")
                if type(registered) is dict and name in registered:
                    return registered[name]
        elif known.is_opaque:
            return NOT_FOUND
        if known.is_class:
            return _of_class(owner, bases_of(owner), name, bound_to=owner)
        state = object.__getattribute__(owner, "__dict__") if known.has_dict else EMPTY
        if known.is_python_module:
            return state.get(name, NOT_FOUND)
        provided, decides = known.provided(name)
        if decides:
            return NOT_FOUND
        if name in state:
            return state[name]
        if provided is not NOT_FOUND:
            return _bound(provided, owner, kind)
        if known.has_registries:
            for registry in ("_modules", "_parameters", "_buffers"):
                registered = state.get(registry)
                if isinstance(registered, dict) and name in registered:
                    return registered[name]
        return NOT_FOUND


class _Class:
    """What is known of a class."""

    __slots__ = (
        "has_dict", "has_registries", "is_class", "is_opaque", "is_plain_module", "is_python_module", "kind", "known",
    )  # fmt: skip

    def __init__(self, kind: type) -> None:
        self.kind = kind
        self.is_opaque = _overrides(kind, "__getattribute__")
        self.is_class, self.is_python_module = issubclass(kind, type), issubclass(kind, ModuleType)
        self.has_registries = issubclass(kind, nn.Module) and not _overrides(kind, "__getattr__", but=nn.Module)
        self.has_dict = _has_dict(kind)
        self.is_plain_module = self.has_registries and self.has_dict and not self.is_opaque
        self.known: dict[str, tuple[Any, bool]] = {}  # name → what `provided` returned

    def provided(self, name: str) -> tuple[Any, bool]:
        """Return what the class has under a name, and whether that decides what an object's attribute is."""
        known = self.known.get(name)
        if known is None:
            found = _provided(bases_of(self.kind), name)
            known = _NOT_PROVIDED if found is NOT_FOUND else (found, _is_data_descriptor(found))
            self.known[name] = known
        return known


class _Super:
    """What `super()` stands for in a method."""

    def __init__(self, kind: type, owner: Any) -> None:
        self.kind, self.owner = kind, owner

    @classmethod
    def of(cls, names: Mapping[str, Any]) -> Any:
        """Return it for the frame with these variables, in the order in which they were bound."""
        kind: Any = names.get("__class__")
        owner: Any = next(iter(names.values()), None)  # a function's first argument comes first
        return cls(kind, owner) if issubclass(type(kind), type) and issubclass(type(owner), kind) else NOT_FOUND

    def attribute(self, name: str) -> Any:
        mro = bases_of(type(self.owner))
        if self.kind not in mro:
            return NOT_FOUND
        return _of_class(self.owner, mro[mro.index(self.kind) + 1 :], name, bound_to=type(self.owner))


def _variable(name: str, names: Mapping[str, Any], global_names: Mapping[str, Any]) -> Any:
    if name in names:
        return names[name]
    if name in global_names:
        return global_names[name]
    builtin = global_names.get("__builtins__")
    known = vars(builtin) if isinstance(builtin, ModuleType) else builtin
    return known.get(name, NOT_FOUND) if type(known) is dict else NOT_FOUND


def _item(owner: Any, key: Any) -> Any:
    """Return `owner[key]` of a container whose class is Python's or torch's."""
    kind = type(owner)
    if kind is nn.ModuleList or kind is nn.Sequential:
        owner = list(plain_registry(state_of_module(owner).get("_modules")).values())
    elif kind is nn.ModuleDict:
        owner = dict(plain_registry(state_of_module(owner).get("_modules")))
    kind = type(owner)  # a metaclass of the caller's may have an `__eq__`
    if (kind is list or kind is tuple) and type(key) is int:
        return owner[key] if -len(owner) <= key < len(owner) else NOT_FOUND
    if (kind is dict or kind is OrderedDict) and (type(key) is int or type(key) is str):
        return owner.get(key, NOT_FOUND)
    return NOT_FOUND


def _of_class(owner: Any, mro: tuple[type, ...], name: str, bound_to: Any) -> Any:
    """Return an attribute that is looked up in classes: on a class itself, or by `super()`."""
    provided = _provided(mro, name)
    if provided is NOT_FOUND or issubclass(type(provided), _COMPUTED):
        return NOT_FOUND
    if owner is bound_to:  # `Class.method` is a function, unless the class is what it is bound to
        if issubclass(type(provided), classmethod):
            return _method(provided.__func__, owner)
        return provided.__func__ if issubclass(type(provided), staticmethod) else _plain(provided)
    return _bound(provided, owner, bound_to)


def _provided(mro: tuple[type, ...], name: str) -> Any:
    return next((own[name] for kind in mro if name in (own := namespace_of(kind))), NOT_FOUND)


def _bound(provided: Any, owner: Any, kind: type) -> Any:
    """Return what an attribute of a class is on an object of that class."""
    if type(provided) is FunctionType:
        return MethodType(provided, owner)
    if issubclass(type(provided), staticmethod):
        return provided.__func__
    if issubclass(type(provided), classmethod):
        return _method(provided.__func__, kind)
    return _plain(provided)


def _method(function: Callable[..., Any], owner: Any) -> Any:
    return MethodType(function, owner) if type(function) is FunctionType else NOT_FOUND


def _plain(provided: Any) -> Any:
    """Return an attribute that is no function: itself, unless it is a descriptor, whose code would have its say."""
    if issubclass(type(provided), _PLAIN):
        return provided
    return NOT_FOUND if _provided(bases_of(type(provided)), "__get__") is not NOT_FOUND else provided


def _is_data_descriptor(provided: Any) -> bool:
    mro = bases_of(type(provided))
    return _provided(mro, "__set__") is not NOT_FOUND or _provided(mro, "__delete__") is not NOT_FOUND


def _overrides(kind: type, name: str, but: type = object) -> bool:
    """Return whether a class has a special method of its own. but: the class whose method is known."""
    provided = _provided(bases_of(kind), name)
    known = {id(vars(each)[name]) for each in (object, type, ModuleType, but) if name in vars(each)}
    return provided is not NOT_FOUND and id(provided) not in known


def _has_dict(kind: type) -> bool:
    """Return whether objects of a class keep their attributes in a dict, as Python itself makes it."""
    return isinstance(_provided(bases_of(kind), "__dict__"), GetSetDescriptorType | MemberDescriptorType)
