"""Python's own step before the first frame: where the type provides what is called."""

from __future__ import annotations

from typing import Any

from explorer.record import Lookup


def look_up(target: Any, attribute: str) -> Lookup:
    """Return where `type(target)` provides an attribute: Python walks its method resolution order for `target(...)`.

    A call never looks at the instance's own attributes; `target.forward` does, and prefers them to a method.
    """
    kind = type(target)
    provider = next((base for base in kind.__mro__ if attribute in vars(base)), None)
    return Lookup(
        type=kind.__qualname__,
        searched=tuple(_name(base) for base in kind.__mro__),
        provider=_name(provider) if provider else None,
        attribute=attribute,
        instance_attribute=attribute in getattr(target, "__dict__", {}),
    )


def _name(kind: type) -> str:
    return kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"
