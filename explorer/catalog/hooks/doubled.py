"""Twice a value, whatever a module takes or returns."""

from __future__ import annotations

from typing import Any

from torch import Tensor


def doubled(value: Any) -> Any:
    if isinstance(value, Tensor):
        return value * 2
    if isinstance(value, (tuple, list)):  # an LSTM returns (output, (hidden, cell))
        items = [doubled(item) for item in value]
        return type(value)(*items) if hasattr(value, "_fields") else type(value)(items)  # named, or plain
    if isinstance(value, dict):
        return {name: doubled(item) for name, item in value.items()}
    return value  # an attention layer returns None beside its output
