"""What the schema of a builtin of torch's says: which argument tells it to draw at random, whether it writes."""

from __future__ import annotations

from functools import lru_cache

import torch

SWITCHES = ("training", "train", "is_training")  # parameters that a function asks instead of a module's flag
DECIDES = ("train", "training", "dropout_p")  # the same of torch's builtins, the first that one has


@lru_cache(maxsize=512)
def switch_of(builtin: str) -> tuple[str, int] | None:
    """Return the argument by which a builtin of torch's draws or not, and its place; None where it has none."""
    packet = getattr(torch.ops.aten, builtin, None)
    for overload in packet.overloads() if packet is not None else ():
        names = [argument.name for argument in getattr(packet, overload)._schema.arguments]
        for name in DECIDES:
            if name in names:
                return name, names.index(name)
    return None


@lru_cache(maxsize=2048)
def writes_into_arguments(builtin: str) -> bool | None:
    """Return whether a builtin of torch's writes into what it is given, `out=` apart; None where torch has none."""
    packet = getattr(torch.ops.aten, builtin, None)
    if packet is None:
        return None
    schemas = [getattr(packet, overload)._schema for overload in packet.overloads() if not overload.endswith("out")]
    return any(schema.is_mutable for schema in schemas)
