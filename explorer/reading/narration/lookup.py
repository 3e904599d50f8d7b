"""The first sentence of every run: where Python looks for what is called, before any frame begins."""

from __future__ import annotations

from explorer.record import Lookup
from explorer.wording import listed


def lookup_sentence(lookup: Lookup, module: bool) -> str:
    """Return a sentence on Python's own step before the first frame.

    module: whether a module is called, which may have hooks.
    """
    classes = listed([f"`{name.rpartition('.')[2]}`" for name in lookup.searched])
    if lookup.attribute != "__call__":
        where = "on the object itself" if lookup.instance_attribute else f"in `{lookup.provider}`"
        if lookup.provider is None and not lookup.instance_attribute:
            return f"Python looks for `{lookup.attribute}` on the object and in {classes}, and finds it nowhere."
        return (
            f"`model.{lookup.attribute}` is an attribute like any other: Python finds it {where}. "
            f"`__call__` plays no part{', so nothing will look for hooks of this module' if module else ''}."
        )
    if lookup.provider is None:
        ignored = " The object has an attribute of that name, but a call never looks there." if (
            lookup.instance_attribute
        ) else ""  # fmt: skip
        return (
            f"To call an object, Python looks for `__call__` in its class and that class's bases: {classes}. "
            f"None has it, so Python raises a `TypeError` before any line runs.{ignored}"
        )
    ignored = " The object has a `__call__` of its own, which is ignored." if lookup.instance_attribute else ""
    return (
        f"To call an object, Python looks for `__call__` in its class and that class's bases, "
        f"never on the object itself. For `{lookup.type}` it is found in the class `{lookup.provider}`.{ignored}"
    )
