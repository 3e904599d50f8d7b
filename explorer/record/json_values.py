"""Turn a record into values that JSON has: dicts, lists, strings, numbers, booleans and None."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from typing import Any


def plain(value: Any) -> Any:
    """Return the same content in JSON's own types.

    A dataclass and a named tuple become dicts by field, a set a sorted list, a key of a mapping a string. Fields that
    are not compared are left out. Raises TypeError for a value of a type that no record has.
    """
    if value is None or isinstance(value, str | int | float | bool):
        return value
    if is_dataclass(value):
        return {field.name: plain(getattr(value, field.name)) for field in fields(value) if field.compare}
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return {name: plain(inner) for name, inner in zip(value._fields, value, strict=True)}
    if isinstance(value, Mapping):
        return {str(key): plain(inner) for key, inner in value.items()}
    if isinstance(value, Sequence):
        return [plain(inner) for inner in value]
    if isinstance(value, frozenset):
        return sorted(plain(inner) for inner in value)
    raise TypeError(f"{type(value).__name__} is not part of a record")
