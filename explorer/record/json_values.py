"""Turn a record into values that JSON has: dicts, lists, strings, numbers, booleans and None."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from typing import Any


def plain(value: Any) -> Any:
    """Return the same content in JSON's own types.

    A dataclass and a named tuple become dicts by field, a set a sorted list, a key of a mapping a string, an infinite
    number and NaN text. Fields that are not compared are left out. Raises TypeError for a value of a type that no
    record has.
    """
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)  # JSON has no infinity and no NaN
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


def escape_surrogates(text: str) -> str:
    """Return a JSON document with each half of a surrogate pair escaped: a file in UTF-8 cannot hold it as it is.

    In JSON such a character stands in a string, or nowhere.
    """
    return text if text.isascii() else re.sub("[\ud800-\udfff]", lambda half: f"\\u{ord(half[0]):04x}", text)
