"""What a script passes to its operations that may draw: a constant that was written into it, or its own flag."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch

from explorer.record import ScriptTraining

_FLAGS = ("train", "training")


def training_in_script(script: Any) -> ScriptTraining:
    """Return what those of a script's operations that may draw are passed for `train` or `training`.

    script: a scripted module, its `forward`, or a scripted function.
    """
    constant = flag = False
    for node in _nodes(script.inlined_graph):
        given = _given(node)
        if given is None:
            continue
        kind = given.node().kind()
        if kind == "prim::Constant" and given.toIValue() is True:
            constant = True
        flag = flag or (kind == "prim::GetAttr" and given.node().s("name") == "training")
    if constant:
        return "both" if flag else "constant"
    return "flag" if flag else "neither"


def _given(node: Any) -> Any:
    """Return the value that an operation which may draw is passed for its flag; None for any other operation."""
    library, _, name = node.kind().partition("::")
    packet = getattr(torch.ops.aten, name, None) if library == "aten" else None
    inputs = list(node.inputs())
    for overload in packet.overloads() if packet is not None else ():
        operator = getattr(packet, overload)
        names = [argument.name for argument in operator._schema.arguments]
        flags = [names.index(flag) for flag in _FLAGS if flag in names]
        if torch.Tag.nondeterministic_seeded in operator.tags and flags and len(names) == len(inputs):
            return inputs[flags[0]]
    return None


def _nodes(block: Any) -> Iterator[Any]:
    """Yield the nodes of a script's graph, and those of the blocks inside it."""
    for node in block.nodes():
        yield node
        for inner in node.blocks():
            yield from _nodes(inner)
