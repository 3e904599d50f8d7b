"""A node of the graph while the log is read."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import torch
from torch import Tensor

from explorer.capture.trace.tape import Position
from explorer.capture.values.tensor_facts import dtype_name, shape_of
from explorer.record import ModuleCall, Node, NodeKind, TensorLabel


class PendingNode:
    """A node while it is being made."""

    __slots__ = (
        "drew", "first_step", "full_names", "in_hook", "inputs", "kind", "last_step", "module_call", "name", "outputs",
        "parameters", "raised", "used_outputs",
    )  # fmt: skip

    def __init__(self, kind: NodeKind, name: str, position: Position) -> None:
        self.kind, self.name = kind, name
        self.first_step = self.last_step = position.step
        self.module_call, self.in_hook = position.module_call, position.in_hook
        self.raised = self.drew = False
        self.full_names: list[str] = []  # of the dispatched operations
        self.inputs: dict[int, TensorLabel | None] = {}  # id of a tensor that it took → its label; None for a parameter
        self.outputs: dict[int, TensorLabel] = {}  # id of a tensor that it made → its label
        self.used_outputs: list[int] = []  # ids of those that another operation took
        self.parameters: list[tuple[str, TensorLabel]] = []

    def node(self, identity: str, calls: Sequence[ModuleCall]) -> Node:
        """Return the record's node. identity: "n0", "n1", ... calls: the module calls of the run."""
        call = calls[self.module_call.index] if self.module_call is not None else None
        used = frozenset(self.used_outputs)
        outputs = [label for tensor, label in self.outputs.items() if tensor in used]
        return Node(
            id=identity,
            kind=self.kind,
            operation=self.name,
            module=call.module if call else "",
            module_class=call.module_class if call else "",
            call=call.index if call else None,
            inputs=tuple(label for label in self.inputs.values() if label is not None),
            outputs=tuple(outputs or list(self.outputs.values())[-1:]),
            details=tuple(self.full_names),
            steps=(self.first_step, self.last_step),
            in_hook=self.in_hook,
            parameters=tuple(self.parameters),
            raised=self.raised,
            drew=self.drew,
        )


def label_of(tensor: Tensor) -> TensorLabel:
    """Return the tensor's shape and dtype. Call it with torch's modes off."""
    return _labelled(shape_of(tensor), tensor.dtype)


@lru_cache(maxsize=4096)
def _labelled(shape: tuple[int, ...], dtype: torch.dtype) -> TensorLabel:
    return TensorLabel(shape, dtype_name(dtype))
