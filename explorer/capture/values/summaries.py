"""Summaries of values: bounded in size, and computed without touching autograd, the random generator or the trace.

`tensor_facts` says what is read from a tensor. No `__repr__` of a user's class is called.
"""

from __future__ import annotations

import math
import reprlib
from collections import OrderedDict
from collections.abc import Callable, Mapping
from itertools import islice
from types import BuiltinFunctionType, FunctionType, MappingProxyType, MethodType, ModuleType
from typing import Any

from torch import Tensor, nn

from explorer.capture.values.module_settings import TEXT, summary_of_module
from explorer.capture.values.tensor_facts import tensor_facts
from explorer.record import Summary
from explorer.record.values import CONSTANT_LENGTH, ITEMS, ITEMS_IN_TEXT

_SMALL = frozenset({float, complex, bool, type(None)})  # their repr is short whatever the value
_LONG = frozenset({int, str, bytes})
_INT_LIMIT = 2**63  # a JSON reader in another language may have no longer integers
_SEQUENCES = frozenset({tuple, list})
_SETS = frozenset({set, frozenset})
_MAPPINGS = frozenset({dict, OrderedDict})
_SHORT = reprlib.Repr()
_SHORT.maxstring = 80
INDEX_NAMES = tuple(str(index) for index in range(ITEMS))
EMPTY: Mapping[type, Summary] = MappingProxyType(
    {kind: Summary(kind.__name__, f"empty {kind.__name__}", length=0) for kind in (tuple, list, dict, set, frozenset)}
)

Nested = Callable[[Any, int], Summary]  # how the items of a container are summarized: (value, depth)


def summarize(value: Any, depth: int = 0, nested: Nested | None = None) -> Summary:
    """Return what can be said of a value in one line.

    nested: what summarizes the items of a container; this function itself by default.

    Never raises: what cannot be read is named by its class alone.
    """
    try:
        return _summarize(value, depth, nested or summarize)
    except Exception:
        return Summary(type(value).__name__, type(value).__name__)


def _summarize(value: Any, depth: int, nested: Nested) -> Summary:
    kind = type(value)
    name = kind.__name__
    if kind in _SMALL:
        return Summary(name, repr(value), None, (), _constant(value))
    if kind in _LONG:
        return Summary(name, _SHORT.repr(value)[:TEXT], None, (), _constant(value))
    if kind is MethodType:
        return _named("method", getattr(value.__func__, "__qualname__", ""))
    if kind in EMPTY and not value:
        return EMPTY[kind]
    if kind in _MAPPINGS:
        pairs = [(_summarize(key, depth + 1, nested).text, inner) for key, inner in _first(value.items(), depth)]
        return _container(name, value, pairs, depth, nested)
    if kind is tuple and len(value) == 1 and depth < 2:  # the arguments of most calls
        return summary_of_single(nested(value[0], depth + 1))
    if kind in _SETS:  # their order is that of addresses and random hashes: no two runs need have the same
        found = _container(name, value, list(zip(INDEX_NAMES, _first(value, depth), strict=False)), depth, nested)
        items = sorted([item for _, item in found.items], key=lambda item: (item.type, item.text))
        return found._replace(items=tuple(zip(INDEX_NAMES, items, strict=False)) if len(value) <= ITEMS else ())
    if kind in _SEQUENCES or (isinstance(value, tuple) and kind.__iter__ is tuple.__iter__):
        return _container(name, value, list(zip(INDEX_NAMES, _first(value, depth), strict=False)), depth, nested)
    if isinstance(value, Tensor):
        facts = tensor_facts(value)
        return Summary(name, f"{facts.dtype} {list(facts.shape)}", facts)
    if isinstance(value, nn.Module):
        return summary_of_module(value)
    if isinstance(value, FunctionType | BuiltinFunctionType):
        return _named("function", value.__qualname__)
    if isinstance(value, type | ModuleType):
        return Summary(name, f"{name} {value.__name__}"[:TEXT])
    if isinstance(value, BaseException):
        message = str(value.args[0] if value.args else "").strip().partition("\n")[0]
        return Summary(name, f"{name}: {message}"[:TEXT] if message else name, constant=_as_text(message[:TEXT]))
    return Summary(name, name[:TEXT])


def _constant(value: Any) -> bool | int | float | str | None:
    """Return a value that is a short constant of JSON's own types as it is, and None for any other."""
    kind = type(value)
    if kind is bool:
        return bool(value)
    if kind is int:
        return int(value) if -_INT_LIMIT <= value < _INT_LIMIT else None
    if kind is float:
        return float(value) if math.isfinite(value) else None
    return _as_text(value) if kind is str and len(value) <= CONSTANT_LENGTH else None


def _as_text(value: str) -> str | None:
    """Return a string that a file in UTF-8 can hold, and None for one with half a surrogate pair."""
    try:
        value.encode()
    except UnicodeEncodeError:
        return None
    return str(value)


def _named(kind: str, name: object) -> Summary:
    """Return the summary of a function or a method of that qualified name."""
    shown = f"{name}"[: TEXT - len(kind) - 1]
    return Summary(kind, f"{kind} {shown}", constant=shown)


def summary_of_single(item: Summary) -> Summary:
    """Return the summary of a tuple whose only item this is."""
    return Summary("tuple", f"({item.text},)"[:TEXT], None, (("0", item),), None, 1)


def _first(values: Any, depth: int) -> list[Any]:
    """Return the first items of a container; none of one that lies deep in others."""
    return list(islice(values, ITEMS)) if depth < 2 else []


def _container(name: str, value: Any, pairs: list[tuple[str, Any]], depth: int, nested: Nested) -> Summary:
    return container_summary(name, len(value), tuple([(key, nested(inner, depth + 1)) for key, inner in pairs]))


def container_summary(name: str, length: int, items: tuple[tuple[str, Summary], ...]) -> Summary:
    """Return the summary of a container of that class and length, by its first items."""
    text = f"{name} of {length}"
    if name in ("tuple", "list") and length == len(items) <= ITEMS_IN_TEXT:
        inner = ", ".join([item.text for _, item in items])
        if len(inner) <= TEXT - 4:
            text = f"[{inner}]" if name == "list" else f"({inner}{',' if length == 1 else ''})"
    return Summary(name, text, None, items, None, length)
