"""Read objects without running code of their classes.

`value.__dict__`, `isinstance(value, kind)`, `kind.__name__`, `len(value)` and iteration may each run a method that a
class of the caller's defines: a call that is only watched must not. Here Python's own descriptors are asked instead.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping
from types import (
    BuiltinFunctionType,
    FunctionType,
    MappingProxyType,
    MemberDescriptorType,
    MethodType,
    ModuleType,
)
from typing import Any

import torch
from torch import nn

_TYPE = vars(type)
_name_of = _TYPE["__name__"].__get__
_qualified_name_of = _TYPE["__qualname__"].__get__
_module_of = _TYPE["__module__"].__get__
_bases_of = _TYPE["__mro__"].__get__
_namespace_of = _TYPE["__dict__"].__get__
_arguments_of = vars(BaseException)["args"].__get__
_names_of_module = vars(ModuleType)["__dict__"].__get__
_plain_str = str.__str__  # an exact string, of a subclass too
_NOTHING: Mapping[str, Any] = MappingProxyType({})

# Return the dict that a module's attributes stand in: (module). A class may have a property of that name.
state_of_module = vars(nn.Module)["__dict__"].__get__


def is_a(value: object, kind: type) -> bool:
    """Return whether a value's real class derives from a class; `isinstance` would ask its `__class__` too."""
    return issubclass(type(value), kind)


def name_of_class(kind: type) -> str:
    """Return a class's own name."""
    if type(kind) is type:  # nothing of the caller's takes part
        return kind.__name__
    return well_formed(_plain_str(_name_of(kind)))


def qualified_name_of_class(kind: type) -> str:
    """Return a class's qualified name."""
    return well_formed(_plain_str(_qualified_name_of(kind)))


def module_name_of_class(kind: type) -> str:
    """Return the name of the Python module that a class says it is from; "" where it says something else."""
    found = _module_of(kind)
    return well_formed(found) if type(found) is str else ""


def bases_of(kind: type) -> tuple[type, ...]:
    """Return a class's method resolution order."""
    bases: tuple[type, ...] = _bases_of(kind)
    return bases


def namespace_of(kind: type) -> Mapping[str, Any]:
    """Return a class's own attributes."""
    namespace: Mapping[str, Any] = _namespace_of(kind)
    return namespace


def class_attribute(kind: type, name: str) -> Any:
    """Return what a class, or the first of its bases, has under a name; None where none has."""
    for base in _bases_of(kind):  # a loop: a generator takes twice as long, and this is asked for each module
        own = _namespace_of(base)
        if name in own:
            return own[name]
    return None


def attributes_of(value: Any) -> Mapping[str, Any]:
    """Return an object's own attributes, by name; {} where it has no `__dict__` of its own."""
    if is_a(value, nn.Module):
        found: Mapping[str, Any] = state_of_module(value)
        return found
    if is_a(value, type):
        return namespace_of(value)
    if is_a(value, ModuleType):
        of_module: Mapping[str, Any] = _names_of_module(value) or _NOTHING
        return of_module
    for base in _bases_of(type(value)):  # the class that gave its objects a `__dict__` has the descriptor for it
        descriptor = _namespace_of(base).get("__dict__")
        if descriptor is not None and type(descriptor) is _INSTANCE_DICT:
            own = descriptor.__get__(value)
            return own if type(own) is dict else _NOTHING
    return _NOTHING


_INSTANCE_DICT = type(vars(nn.Module)["__dict__"])


def stored_attributes(value: object) -> Iterator[tuple[str, Any]]:
    """Yield the attributes that an object stores, in its `__dict__` or in slots, by name; no property runs."""
    own = attributes_of(value)
    yield from ((name, each) for name, each in own.items() if type(name) is str)
    met: set[str] = set()
    for base in _bases_of(type(value)):
        members = _namespace_of(base)
        for name, slot in tuple(members.items()) if "__slots__" in members else ():
            if type(slot) is MemberDescriptorType and name not in own and name not in met:
                met.add(name)
                try:
                    yield name, slot.__get__(value)
                except AttributeError:  # nothing was stored there
                    continue


def name_of_function(function: object) -> str | None:
    """Return the qualified name of a function or a builtin; None for anything else."""
    kind = type(function)
    if kind is FunctionType:
        return well_formed(_plain_str(function.__qualname__))  # type: ignore[attr-defined]
    if kind is BuiltinFunctionType:
        owner = type(function.__self__)  # type: ignore[attr-defined]
        # Of a builtin that is bound, the qualified name is made of its owner's class, which may have a metaclass.
        plain = type(owner) is type or owner is ModuleType
        name: str = function.__qualname__ if plain else function.__name__  # type: ignore[attr-defined]
        return name
    return None


def function_of(value: object) -> object:
    """Return the function of a bound method, and anything else as it is."""
    return value.__func__ if type(value) is MethodType else value


def name_of_callable(value: object) -> str:
    """Return the name of a function, also of one that is bound; of another callable that of its class."""
    return name_of_function(function_of(value)) or name_of_class(type(value))


def items_of(mapping: Any) -> Iterable[tuple[Any, Any]]:
    """Return the pairs of a dict, or of an object of a class that derives from it.

    Those of an `OrderedDict` come in its order where its keys are plain: otherwise reading it would hash them.
    """
    if type(mapping) is OrderedDict and {id(type(key)) for key in dict.keys(mapping)} <= _HASHED_BY_PYTHON:
        return mapping.items()
    return dict.items(mapping)


_HASHED_BY_PYTHON = frozenset({id(str), id(int)})


def message_of(exception: BaseException) -> str:
    """Return an exception's message, as `str` gives it where that runs no code of the caller's.

    A class's own `__str__` is not run, nor that of an argument: the message is then made of the plain arguments.
    """
    arguments: tuple[Any, ...] = _arguments_of(exception)
    fields = [descriptor.__get__(exception) for kind, descriptor in _SHOWN_FIELDS if is_a(exception, kind)]
    method = class_attribute(type(exception), "__str__")
    if id(method) in _BUILTIN_STR and (
        _is_shown_by_python((*arguments, *fields)) or (id(method) == _STR_OF_GROUP and type(arguments[0]) is str)
    ):
        try:
            return well_formed(method(exception))
        except Exception:  # an integer that has too many digits, or a class whose `__init__` left Python's own out
            return ""
    shown = [argument_text(each) for each in arguments]
    return shown[0] if len(shown) == 1 else f"({', '.join(shown)})" if shown else ""


def _is_shown_by_python(value: object, depth: int = 0) -> bool:
    """Return whether Python writes a value without running code of a caller's class, and its items too."""
    if type(value) in (list, tuple, torch.Size) and depth < 3:
        return all(_is_shown_by_python(each, depth + 1) for each in value)  # type: ignore[attr-defined]
    return id(type(value)) in _SHOWN_BY_PYTHON


def first_argument_of(exception: BaseException) -> str:
    """Return the first argument of an exception as text; "" where it has none."""
    arguments: tuple[Any, ...] = _arguments_of(exception)
    return argument_text(arguments[0]) if arguments else ""


def argument_text(value: object) -> str:
    """Return a string as it is, a plain constant as Python writes it, and of anything else the class."""
    if type(value) is str:
        return well_formed(value)
    if _is_shown_by_python(value):
        try:
            return repr(value)
        except ValueError:
            return name_of_class(type(value))
    return f"<{name_of_class(type(value))}>"


def _builtin_str_methods() -> frozenset[int]:
    """Return the ids of the `__str__` methods that Python's own exceptions have."""
    kinds = [BaseException]
    for kind in kinds:
        kinds += [each for each in type.__subclasses__(kind) if each.__module__ == "builtins"]
    return frozenset(id(vars(kind)["__str__"]) for kind in kinds if "__str__" in vars(kind))


_BUILTIN_STR = _builtin_str_methods()
_STR_OF_GROUP = id(vars(BaseExceptionGroup)["__str__"])  # it writes the message, and counts the exceptions
# What `str` shows of an exception beside its arguments.
_SHOWN_FIELDS = tuple(
    (kind, vars(kind)[name])
    for kind, names in (
        (OSError, ("errno", "strerror", "filename", "filename2")),
        (UnicodeEncodeError, ("encoding", "object", "reason")),
        (UnicodeDecodeError, ("encoding", "reason")),
        (UnicodeTranslateError, ("object", "reason")),
        (ImportError, ("msg",)),
        (SyntaxError, ("msg", "filename", "lineno")),
    )
    for name in names
)
_SHOWN_BY_PYTHON = frozenset(map(id, (str, int, float, bool, type(None), bytes, complex, torch.dtype, torch.device)))


def well_formed(text: str) -> str:
    """Return the text with each half of a surrogate pair written out as its code: a file in UTF-8 cannot hold it."""
    if text.isascii():
        return text
    return text.encode("utf-8", "backslashreplace").decode()
