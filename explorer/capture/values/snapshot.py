"""What is known of one value while the call runs.

A snapshot of a tensor keeps the tensor and what marks its state; its elements are read when the call is over, all in
one go. In between the operations of a large model empty the processor's caches, and the same code takes three times
as long. Before an operation writes into a tensor that is kept, its elements are copied. Of a small tensor the figures
are computed when the record is read.
"""

from __future__ import annotations

import weakref

import torch
from torch import Tensor, nn

from explorer.capture.values.elements import EXACT_LIMIT, Elements, elements_of
from explorer.capture.values.module_states import ModuleSnapshot
from explorer.capture.values.stored_elements import StoredElements, store_elements
from explorer.capture.values.summaries import INDEX_NAMES, container_summary, summary_of_single
from explorer.capture.values.tensor_facts import (
    class_name,
    dtype_name,
    grad_fn_type,
    is_parameter_object,
    shape_of,
    tensor_summary,
)
from explorer.record import Summary
from explorer.runtime.plain_reads import name_of_class
from explorer.runtime.plain_tensors import plain_alias

# What is read from a tensor beside its elements: class, shape, dtype, class of `grad_fn`, whether it is a parameter.
# A plain tuple, as a call of a large model has hundreds.
_Facts = tuple[type[Tensor], tuple[int, ...], torch.dtype, type | None, bool]


class TensorSnapshot:
    """A tensor as it was at one moment. While it stays as it is, there is one object for it."""

    __slots__ = (
        "_facts", "_summary", "buffer_elements", "elements", "is_latest", "ref", "requires_grad", "stale", "tensor",
        "version", "writes",
    )  # fmt: skip

    def __init__(
        self,
        tensor: Tensor,
        writes: int,
        requires_grad: bool,
        version: int | None,
        buffer_elements: StoredElements | None = None,
    ) -> None:
        """writes: its version; for an inference tensor, which has none, the number of writes that were seen.
        buffer_elements: of a buffer, which may be written to without a new version: its elements."""
        self.tensor: Tensor | None = tensor  # until its facts and elements were read
        self.writes, self.requires_grad, self.version = writes, requires_grad, version
        self.buffer_elements = buffer_elements  # until there is a later snapshot
        # Until the summary is made, where the record has no room for them.
        self.elements: Elements | StoredElements | None = buffer_elements
        self.ref: weakref.ref[Tensor] | None = None  # once the tensor was read, and while this is the latest snapshot
        self.is_latest = True
        self.stale = False  # whether something may have written into the tensor since
        self._facts: _Facts | None = None
        self._summary: Summary | None = None

    def is_of(self, tensor: Tensor) -> bool:
        """Return whether this is a snapshot of that very tensor, and not of one whose `id` it has now."""
        return self.tensor is tensor or (self.ref is not None and self.ref() is tensor)

    def summary(self) -> Summary:
        """Return the summary, and keep the tensor no longer."""
        if self._summary is None:
            self.read()
            elements = self.elements
            assert self._facts is not None
            kind, shape, dtype, grad_fn, parameter = self._facts
            if isinstance(elements, StoredElements):
                elements = elements.elements
            self._summary = tensor_summary(
                name_of_class(kind),
                shape,
                dtype_name(dtype),
                self.requires_grad,
                class_name(grad_fn),
                parameter,
                self.version,
                None if parameter else elements,
            )
        return self._summary

    def before_write(self) -> None:
        """Copy the elements: an operation is about to write to the tensor."""
        self.stale = True
        self.read()

    def read(self, *, share: bool = False) -> None:
        """Read what can be said of the tensor, and keep the tensor no longer. Its elements are copied.

        share: leave them in the tensor's memory until `StoredElements.detach_from_tensor`, where that can be.
        """
        tensor = self.tensor
        if tensor is None:
            return
        if self._facts is None:  # otherwise it was read before the call, and given its tensor back
            kind = type(tensor)
            parameter = kind is not Tensor and (kind is nn.Parameter or is_parameter_object(tensor))
            grad_fn = grad_fn_type(tensor) if self.requires_grad else None
            plain = tensor if kind is Tensor else plain_alias(tensor)
            self._facts = kind, shape_of(plain), plain.dtype, grad_fn, parameter
            if self.elements is None and not parameter:
                small = plain.numel() <= EXACT_LIMIT
                self.elements = store_elements(plain, share=share) if small else elements_of(plain)
            if self.is_latest:
                self.ref = weakref.ref(tensor)
        self.tensor = None

    def let_go(self) -> None:
        """Refer to the tensor no longer: there is a later snapshot of it, or will be."""
        self.is_latest, self.ref = False, None


class TupleSnapshot:
    """A tuple of tensors and constants, as the arguments of most calls are."""

    __slots__ = ("items",)

    def __init__(self, items: list[Snapshot]) -> None:
        self.items = items

    def summary(self) -> Summary:
        """Return the summary of the tuple."""
        items = [summary_of(item) for item in self.items]
        if len(items) == 1:
            return summary_of_single(items[0])
        return container_summary("tuple", len(items), tuple(zip(INDEX_NAMES, items, strict=False)))


Snapshot = Summary | TensorSnapshot | TupleSnapshot | ModuleSnapshot  # what is known of a value while the call runs


def summary_of(snapshot: Snapshot) -> Summary:
    """Return the summary that a snapshot stands for."""
    return snapshot if isinstance(snapshot, Summary) else snapshot.summary()
