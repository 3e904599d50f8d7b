"""Python's own step before the first frame: where the type provides what is called."""

from __future__ import annotations

from typing import Any

from explorer.record import Lookup
from explorer.runtime.plain_reads import (
    attributes_of,
    bases_of,
    module_name_of_class,
    namespace_of,
    qualified_name_of_class,
)


def look_up(target: Any, attribute: str) -> Lookup:
    """Return where `type(target)` provides an attribute: Python walks its method resolution order for `target(...)`.

    A call never looks at the instance's own attributes; `target.forward` does, and prefers them to a method.
    """
    kind = type(target)
    bases = bases_of(kind)
    provider = next((base for base in bases if attribute in namespace_of(base)), None)
    return Lookup(
        type=qualified_name_of_class(kind),
        searched=tuple(_name(base) for base in bases),
        provider=_name(provider) if provider else None,
        attribute=attribute,
        instance_attribute=attribute in attributes_of(target),
    )


def _name(kind: type) -> str:
    module, name = module_name_of_class(kind), qualified_name_of_class(kind)
    return name if module in ("builtins", "") else f"{module}.{name}"
