"""What is known of one value while the call runs.

Looking at a tensor keeps the tensor and what marks its state; its elements are read when the call is over, all in
one go. In between the operations of a large model empty the processor's caches, and the same code takes three times
as long. Before an operation writes into a tensor that is kept, its elements are copied. Of a small tensor the figures
are computed when somebody reads them.
"""

from __future__ import annotations

import weakref

import torch
from torch import Tensor, nn

from explorer.capture.values.elements import EXACT_LIMIT, Elements, elements_of
from explorer.capture.values.module_settings import Settings, settings_of
from explorer.capture.values.stored_elements import StoredElements, store_elements
from explorer.capture.values.summaries import (
    PLACES,
    alone,
    container_summary,
    dtype_name,
    grad_fn_type,
    is_parameter,
    name_of,
    shape_of,
    tensor_summary,
)
from explorer.record import Summary


class TensorSnapshot:
    """A tensor as it was at one moment. Equal looks at one tensor give the same object."""

    __slots__ = ("elements", "facts", "held", "made", "ref", "requires_grad", "stale", "tensor", "version", "writes")

    def __init__(
        self, tensor: Tensor, writes: int, requires_grad: bool, version: int | None, held: StoredElements | None = None
    ) -> None:
        """writes: its version, or what stands for it.
        held: what it held, where that may change without a sign."""
        self.tensor: Tensor | None = tensor  # until its facts and elements were read
        self.writes, self.requires_grad, self.version = writes, requires_grad, version
        self.held = held  # until there is a later look
        self.elements: Elements | StoredElements | None = (
            held  # until the summary is made, where there is no room for them
        )
        self.facts: tuple[type[Tensor], tuple[int, ...], torch.dtype, type | None, bool] | None = None
        self.ref: weakref.ref[Tensor] | None = None  # once the tensor was let go
        self.stale = False  # whether somebody may have written into the tensor since
        self.made: Summary | None = None

    def shows(self, tensor: Tensor) -> bool:
        """Whether this was a look at that very tensor, and not at one whose id it has now."""
        return self.tensor is tensor or (self.ref is not None and self.ref() is tensor)

    def summary(self) -> Summary:
        """The summary; the tensor is let go."""
        if self.made is None:
            self.read()
            assert self.facts is not None
            kind, shape, dtype, grad_fn, parameter = self.facts
            facts = shape, dtype_name(dtype), self.requires_grad, name_of(grad_fn), parameter
            elements = self.elements.elements if isinstance(self.elements, StoredElements) else self.elements
            self.made = tensor_summary(kind.__name__, *facts, self.version, None if parameter else elements)
        return self.made

    def keep(self) -> None:
        """The tensor is about to be written to."""
        self.stale = True
        self.read()

    def read(self, *, share: bool = False) -> None:
        """Keep what can be said of the tensor, and no tensor. Its elements are copied.

        share: or left where they are until `StoredElements.own`, where that can be.
        """
        tensor = self.tensor
        if tensor is None:
            return
        if self.facts is None:  # else it was read before the call, and given its tensor back
            kind = type(tensor)
            parameter = kind is not Tensor and is_parameter(kind)
            grad_fn = grad_fn_type(tensor) if self.requires_grad else None
            self.facts = kind, shape_of(tensor), tensor.dtype, grad_fn, parameter
            if self.elements is None and not parameter:
                small = tensor.numel() <= EXACT_LIMIT
                self.elements = store_elements(tensor, share=share) if small else elements_of(tensor)
            self.ref = weakref.ref(tensor)
        self.tensor = None


class TupleSnapshot:
    """A tuple of tensors and constants, as the arguments of most calls are."""

    __slots__ = ("items",)

    def __init__(self, items: list[Snapshot]) -> None:
        self.items = items

    def summary(self) -> Summary:
        items = [summary_of(item) for item in self.items]
        if len(items) == 1:
            return alone(items[0])
        return container_summary("tuple", len(items), tuple(zip(PLACES, items, strict=False)))


class ModuleSnapshot:
    """A submodule: its settings are asked for when the call is over."""

    __slots__ = ("_found", "_module")

    def __init__(self, module: nn.Module) -> None:
        self._module: nn.Module | None = module
        self._found: Settings | Summary | None = None

    def read(self) -> None:
        """Ask for them, and let the module go."""
        if self._module is not None:
            self._found, self._module = settings_of(self._module), None

    def summary(self) -> Summary:
        self.read()
        assert self._found is not None
        if isinstance(self._found, Settings):
            self._found = self._found.summary()
        return self._found


Snapshot = Summary | TensorSnapshot | TupleSnapshot | ModuleSnapshot  # what is known of a value while the call runs


def summary_of(look: Snapshot) -> Summary:
    """The summary that a look stands for."""
    return look if isinstance(look, Summary) else look.summary()
