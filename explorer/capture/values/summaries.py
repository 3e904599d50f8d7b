"""Summaries of values: bounded in size, and computed without touching autograd, the random generator or the trace.

`tensor_facts` says what is read from a tensor. No method of a user's class is called.
"""

from __future__ import annotations

import math
import reprlib
from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from types import MappingProxyType, MethodType, ModuleType
from typing import Any

from torch import Tensor, nn

from explorer.capture.values.module_settings import TEXT, summary_of_module
from explorer.capture.values.named_values import DEPTH, named_values, names_in_tuple
from explorer.capture.values.tensor_facts import tensor_facts
from explorer.record import Summary
from explorer.record.values import CONSTANT_LENGTH, ITEMS, ITEMS_IN_TEXT
from explorer.runtime.plain_reads import (
    attributes_of,
    first_argument_of,
    is_a,
    items_of,
    name_of_class,
    name_of_function,
)
from explorer.wording import shortened

_INT_LIMIT = 2**63  # a JSON reader in another language may have no longer integers
_DIGITS_LIMIT = 1 << 12  # bits of an integer from which on its digits are not written out
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

    Never raises, and runs no code of the value's class: what cannot be read is named by its class alone.
    """
    try:
        return _summarize(value, depth, nested or summarize)
    except Exception:
        name = name_of_class(type(value))
        return Summary(name, shortened(name, TEXT))


def _summarize(value: Any, depth: int, nested: Nested) -> Summary:
    kind = type(value)
    name = name_of_class(kind)
    # Python's own classes are compared by identity: to look one up in a set would ask a caller's metaclass for a hash.
    if kind is float or kind is bool or value is None or kind is complex:
        return Summary(name, repr(value), None, (), _constant(value))
    if kind is str or kind is bytes:
        return Summary(name, _SHORT.repr(value)[:TEXT], None, (), _constant(value))
    if kind is int:
        if value.bit_length() > _DIGITS_LIMIT:
            return Summary(name, f"int of {value.bit_length()} bits")
        return Summary(name, _SHORT.repr(value)[:TEXT], None, (), _constant(value))
    if kind is MethodType:
        return _named("method", name_of_function(value.__func__) or "")
    if is_a(value, Tensor):
        facts = tensor_facts(value)
        return Summary(name, f"{facts.dtype} {list(facts.shape)}", facts)
    if is_a(value, nn.Module):
        return summary_of_module(value)
    if is_a(value, dict):
        return _mapping(name, value, depth, nested)
    if is_a(value, tuple):
        names = () if kind is tuple else names_in_tuple(value)
        if names and depth < DEPTH:
            shown = zip(names, islice(tuple.__iter__(value), ITEMS), strict=False)
            items = tuple((each[:TEXT], nested(inner, depth + 1)) for each, inner in shown)
            return Summary(name, _text_of_named(name, items, len(names) <= ITEMS), None, items, None, len(names))
        return _sequence(name, kind is tuple, tuple.__len__(value), tuple.__iter__(value), depth, nested)
    if is_a(value, list):
        return _sequence(name, kind is list, list.__len__(value), list.__iter__(value), depth, nested)
    if is_a(value, set):
        return _set(name, kind is set, set.__len__(value), set.__iter__(value), depth, nested)
    if is_a(value, frozenset):
        return _set(name, kind is frozenset, frozenset.__len__(value), frozenset.__iter__(value), depth, nested)
    function = name_of_function(value)
    if function is not None:
        return _named("function", function)
    if is_a(value, type):
        return Summary(name, shortened(f"{name} {name_of_class(value)}", TEXT))
    if kind is ModuleType:
        given = attributes_of(value).get("__name__")
        return Summary(name, shortened(f"{name} {given}", TEXT) if type(given) is str else name)
    if is_a(value, BaseException):
        first, _, more = first_argument_of(value).strip().partition("\n")
        message = shortened(f"{first}…" if more else first, TEXT)
        return Summary(name, shortened(f"{name}: {message}" if message else name, TEXT), constant=message)
    return _object(name, value, depth, nested)


def _object(name: str, value: Any, depth: int, nested: Nested) -> Summary:
    """Return the summary of an object: its fields where it has any, otherwise those attributes that hold tensors."""
    found = named_values(value, depth) if depth < DEPTH else None
    if found is None:
        return Summary(name, shortened(name, TEXT))
    items = tuple((field[:TEXT], nested(inner, depth + 1)) for field, inner in found.pairs)
    return Summary(name, _text_of_named(name, items, found.is_whole), None, items)


def _mapping(name: str, value: dict[Any, Any], depth: int, nested: Nested) -> Summary:
    length = dict.__len__(value)
    if not length and type(value) is dict:
        return EMPTY[dict]
    if not length:  # a class that derives from a dict may keep its fields beside it
        empty = _object(name, value, depth, nested)
        return empty if empty.items else container_summary(name, 0, ())
    pairs = islice(items_of(value), ITEMS) if depth < DEPTH else ()
    items = [(_summarize(key, depth + 1, nested).text, nested(inner, depth + 1)) for key, inner in pairs]
    return container_summary(name, length, tuple(items))


def _sequence(name: str, plain: bool, length: int, values: Iterator[Any], depth: int, nested: Nested) -> Summary:
    """Return the summary of a tuple or a list, or of an object of a class that derives from one.

    plain: whether it is of Python's own class.
    """
    if plain and not length:
        return EMPTY[tuple if name == "tuple" else list]
    items = [nested(inner, depth + 1) for inner in islice(values, ITEMS)] if depth < DEPTH else []
    if plain and name == "tuple" and length == len(items) == 1:  # the arguments of most calls
        return summary_of_single(items[0])
    return container_summary(name, length, tuple(zip(INDEX_NAMES, items, strict=False)))


def _set(name: str, plain: bool, length: int, values: Iterator[Any], depth: int, nested: Nested) -> Summary:
    """Return the summary of a set. Its order is that of addresses and random hashes: no two runs need have the same."""
    if plain and not length:
        return EMPTY[set if name == "set" else frozenset]
    items = [nested(inner, depth + 1) for inner in values] if depth < DEPTH and length <= ITEMS else []
    items.sort(key=lambda item: (item.type, item.text))
    return container_summary(name, length, tuple(zip(INDEX_NAMES, items, strict=False)))


def _constant(value: Any) -> bool | int | float | str | None:
    """Return a value of one of Python's own classes that is a short constant of JSON's; None for any other."""
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


def _named(kind: str, name: str) -> Summary:
    """Return the summary of a function or a method of that qualified name."""
    shown = shortened(name, TEXT - len(kind) - 1)
    return Summary(kind, f"{kind} {shown}", constant=shown)


def summary_of_single(item: Summary) -> Summary:
    """Return the summary of a tuple whose only item this is."""
    return Summary("tuple", shortened(f"({item.text},)", TEXT), None, (("0", item),), None, 1)


def _text_of_named(name: str, items: tuple[tuple[str, Summary], ...], is_whole: bool) -> str:
    """Return "Point(x=1, y=2)", with "…" for what there is no room for. is_whole: whether these are all there is."""
    shown: list[str] = []
    length = len(name) + 2
    for field, item in items[:ITEMS_IN_TEXT]:
        part = f"{field}={item.text}"
        length += len(part) + 2
        if length > TEXT - 1:
            break
        shown.append(part)
    rest = [] if is_whole and len(shown) == len(items) else ["…"]
    return shortened(f"{name}({', '.join(shown + rest)})", TEXT)


def container_summary(name: str, length: int, items: tuple[tuple[str, Summary], ...]) -> Summary:
    """Return the summary of a container of that class and length, by its first items."""
    text = f"{name} of {length}"
    if name in ("tuple", "list") and length == len(items) <= ITEMS_IN_TEXT:
        inner = ", ".join([item.text for _, item in items])
        if len(inner) <= TEXT - 4:
            text = f"[{inner}]" if name == "list" else f"({inner}{',' if length == 1 else ''})"
    return Summary(name, text, None, items, None, length)
