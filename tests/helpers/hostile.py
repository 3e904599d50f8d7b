"""Values whose classes define every method that Python may call, and note each time that one is run.

What they do then is one of `BEHAVIOURS`: raise, answer wrongly, call themselves for ever, or return something odd.
"""

from __future__ import annotations

import enum
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn

from explorer.runtime.plain_reads import state_of_module

BEHAVIOURS = ("raises", "lies", "recurses", "returns garbage")
METHODS = (
    "__iter__", "__len__", "__getitem__", "__contains__", "__eq__", "__ne__", "__lt__", "__hash__", "__bool__",
    "__repr__", "__str__", "__format__", "__sizeof__", "__dir__", "__index__", "__int__", "__float__", "__bytes__",
    "__call__",
    "__length_hint__", "__reversed__", "__next__", "__array__", "__fspath__", "__instancecheck__", "__subclasscheck__",
    "items", "keys", "values", "get", "copy", "__reduce__", "__reduce_ex__", "__getstate__", "__copy__", "__deepcopy__",
    "numel", "dim", "size", "stride", "detach", "clone", "numpy", "tolist", "item", "is_inference", "storage_offset",
    "untyped_storage", "extra_repr", "named_modules", "named_buffers", "named_parameters", "modules", "parameters",
    "buffers", "children", "named_children", "state_dict", "_get_name", "startswith", "encode", "isascii", "strip",
    "__torch_function__", "is_integer", "bit_length", "as_integer_ratio", "is_neg", "is_contiguous", "_asdict",
)  # fmt: skip
PROPERTIES = (
    "__class__", "__dict__", "__module__", "__name__", "__qualname__", "__doc__", "shape", "dtype", "device", "grad",
    "grad_fn", "requires_grad", "layout", "is_nested", "is_cpu", "nbytes", "_version", "training", "args", "_fields",
    "_is_param", "name", "value", "__cause__", "__context__", "__traceback__", "__notes__", "is_sparse", "data", "ndim",
    "real", "imag", "T", "in_features", "p", "__wrapped__", "__func__", "__self__", "__code__", "_modules",
    "_parameters", "_buffers", "_compiled_call_impl", "__dataclass_fields__", "__slots__",
)  # fmt: skip
ATTRIBUTE_HOOKS = ("__getattribute__", "__getattr__")

_ran: list[str] = []  # names of the methods that ran, while `counted` is open
_counting = [False]


@contextmanager
def counted() -> Iterator[list[str]]:
    """Count the methods that run meanwhile, in a list that is complete when the block ends."""
    found: list[str] = []
    _ran.clear()
    _counting[0] = True
    try:
        yield found
    finally:
        _counting[0] = False
        found.extend(_ran)


def _behave(name: str, behaviour: str, owner: Any) -> Any:
    if not _counting[0]:
        raise AttributeError(name)
    _ran.append(name)
    if len(_ran) > 300:  # of itself Python ends it a little later in a bare call, whose stack is less deep
        raise RecursionError(name)
    if behaviour == "raises":
        raise ValueError(name)
    if behaviour == "recurses":
        return _behave(name, behaviour, owner)
    if behaviour == "lies":
        return {"__len__": 10**9, "__bool__": True, "__hash__": 1, "__eq__": True, "__class__": Tensor}.get(name, 3)
    return object()


def _method(name: str, behaviour: str) -> Callable[..., Any]:
    def method(self: Any, *args: Any, **kwargs: Any) -> Any:
        return _behave(name, behaviour, self)

    return method


def _setter(name: str) -> Callable[[Any, Any], None]:
    def set_attribute(self: Any, value: Any) -> None:
        if isinstance(self, nn.Module):
            state_of_module(self)[name] = value

    return set_attribute


def _namespace(names: tuple[str, ...], behaviour: str, base: type) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for name in names:
        if name in PROPERTIES:
            made[name] = property(_method(name, behaviour), _setter(name))
        elif name == "__torch_function__":
            made[name] = classmethod(_method(name, behaviour))
        else:
            made[name] = _method(name, behaviour)
    return made


def hostile_class(base: type, names: tuple[str, ...], behaviour: str, *, meta: bool = False) -> type:
    """Return a class that derives from another one and defines these methods and properties.

    meta: whether its metaclass has them instead of itself.
    """
    namespace = _namespace(names, behaviour, base)
    if not meta:
        namespace.pop("__qualname__", None)
        return type("Hostile", (base,), namespace)
    namespace = {name: each for name, each in namespace.items() if name not in ("__call__", "__dict__", "__qualname__")}
    if issubclass(base, Tensor):  # torch itself asks the class, and ends the process where that raises
        namespace = {name: each for name, each in namespace.items() if name in METHODS}
    return type("Meta", (type(base),), namespace)("Hostile", (base,), {})


def names_for(base: type) -> tuple[str, ...]:
    """Return what a class that derives from this one can define and still be made an object of."""
    left_out: set[str] = set()
    if issubclass(base, nn.Module):  # what a bare call of it needs, too
        left_out = {"__call__", "__dict__", "_modules", "_parameters", "_buffers", "_compiled_call_impl"}
        left_out |= {"__getattr__", "__getattribute__"}
    if issubclass(base, Tensor):
        left_out = {"__torch_function__"}
    if issubclass(base, BaseException):
        left_out = {"__cause__", "__context__", "__traceback__", "__notes__"}
    return tuple(name for name in (*METHODS, *PROPERTIES, *ATTRIBUTE_HOOKS) if name not in left_out | {"__slots__"})


def make(kind: type, base: type) -> Any:
    """Return an object of a class that derives from one of `BASES`."""
    if issubclass(base, Tensor):
        return Tensor.as_subclass(torch.ones(2, 3), kind)
    if issubclass(base, nn.Module):
        made = object.__new__(kind)
        nn.Module.__init__(made)
        return made
    if issubclass(base, dict):
        made = base.__new__(kind)
        dict.__setitem__(made, "a", 1)
        return made
    if base in (list, set):
        made = base.__new__(kind)
        base.__init__(made, [1, 2])
        return made
    if base in (tuple, frozenset):
        return base.__new__(kind, (1, 2))
    if issubclass(base, BaseException):
        return base.__new__(kind, "message")
    return base.__new__(kind) if base is object else base.__new__(kind, 3)


BASES: tuple[type, ...] = (
    object, list, dict, OrderedDict, tuple, set, frozenset, str, int, float, Tensor, nn.Module, nn.Dropout, ValueError,
    KeyError, OSError,
)  # fmt: skip


class Colour(enum.Enum):
    """An Enum, whose metaclass defines what Python asks of a class."""

    RED = 1
