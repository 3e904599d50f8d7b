"""Watch a module's buffers by their elements.

Batch norm's running statistics are written by one native operation that does not move the tensor's version
counter (measured on torch 2.13), so a version alone would miss them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.parameter import is_lazy

from explorer.capture.values.snapshot import Snapshot, TensorSnapshot, summary_of
from explorer.capture.values.snapshots import Snapshots
from explorer.capture.values.stored_elements import StoredElements
from explorer.capture.values.summaries import summarize
from explorer.capture.values.tensor_facts import without_overflow_warnings
from explorer.record import ChangedBuffer
from explorer.record.lazy import LazySequence
from explorer.runtime.module_tree import buffer_slots, buffers_of, modules_of
from explorer.runtime.plain_tensors import plain_alias, requires_grad_of
from explorer.runtime.torch_private import without_torch_modes
from explorer.runtime.torch_private.memory import has_memory, is_untouched_clone

_NOTHING = summarize(None)  # what is registered where a buffer may come
_Found = tuple[str, Snapshot | None, Snapshot | None]  # the name of a buffer, what it was, what it is
WATCH_LIMIT = 1 << 14  # elements of a buffer that is read after each use


class Buffers:
    """The buffers of a module tree, and what they were when this object was made."""

    def __init__(self, model: Any, modules: Mapping[str, nn.Module]) -> None:
        """modules: those of the model, as `modules_of` gives them."""
        self._model, self._slots = model, buffer_slots(modules)
        self.tensors: Mapping[str, Tensor] = buffers_of(modules)  # dotted name → buffer; until `changed`
        with without_torch_modes():
            self._before = {name: _snapshot(buffer) for name, buffer in self.tensors.items()}
            for name in self._before.keys() - self._watched_names():
                self._before[name].let_go()
            # A copy of what NumPy cannot read, or is too large to be read after each use: batch norm moves no version.
            self._copies = {
                name: plain.detach().clone()
                for name, plain in ((name, plain_alias(buffer)) for name, buffer in self.tensors.items())
                if self._before[name].buffer_elements is None and _needs_copy(plain)
            }

    def watched(self) -> Mapping[int, TensorSnapshot]:
        """Return the small buffers, which are read after each use: id of the buffer → what it was."""
        return {id(self.tensors[name]): self._before[name] for name in self._watched_names()}

    def _watched_names(self) -> list[str]:
        return [name for name, each in self.tensors.items() if type(each) is Tensor and each.numel() <= WATCH_LIMIT]

    def changed(self, values: Snapshots) -> Sequence[ChangedBuffer]:
        """Return the buffers that were written to, whose place another tensor took, that are new or gone. Call it once.

        values: the snapshots that were taken during the call.
        """
        found: list[_Found] = []
        with without_torch_modes():
            # Anew: `self.count = self.count + 1` puts another tensor there.
            now = buffer_slots(modules_of(self._model))
            for name, before in self._before.items():
                buffer = now.get(name)
                if buffer is None:
                    found.append((name, before, _NOTHING if name in now else None))
                    continue
                if buffer is self.tensors[name] and is_untouched_clone(plain_alias(buffer)):
                    continue
                after = values.latest_of_buffer(buffer) or _snapshot(buffer)
                if buffer is not self.tensors[name] or self._differs(name, before, after, buffer):
                    found.append((name, before, after))
            for name, buffer in now.items():
                if name not in self._slots or (self._slots[name] is None and buffer is not None):
                    was = _NOTHING if name in self._slots else None
                    found.append((name, was, _NOTHING if buffer is None else _snapshot(buffer)))
        self.tensors, self._copies, self._slots = {}, {}, {}
        return LazySequence(lambda: _as_changed_buffers(found))

    def _differs(self, name: str, before: TensorSnapshot, after: TensorSnapshot, buffer: Tensor) -> bool:
        """Return whether one tensor, read twice, was written to or has other elements."""
        copy = self._copies.get(name)
        if after.version == before.version and copy is not None:
            return not torch.allclose(plain_alias(buffer), copy, rtol=0, atol=0, equal_nan=True)
        return after is not before and (after.version != before.version or not _equal(before, after))


def _as_changed_buffers(found: list[_Found]) -> tuple[ChangedBuffer, ...]:
    with without_overflow_warnings():
        return tuple(
            ChangedBuffer(name, *(None if each is None else summary_of(each) for each in (before, after)))
            for name, before, after in found
        )


def _snapshot(buffer: Tensor) -> TensorSnapshot:
    """Return a snapshot of the buffer, with its elements in memory of their own. It does not keep the buffer."""
    plain = plain_alias(buffer)
    version = None if plain.is_inference() else plain._version  # an inference tensor has none
    made = TensorSnapshot(buffer, version or 0, requires_grad_of(buffer), version)
    made.read()
    made.buffer_elements = made.elements if isinstance(made.elements, StoredElements) else None
    return made


def _needs_copy(buffer: Tensor) -> bool:
    plain = buffer.layout is torch.strided and not buffer.is_nested and buffer.device.type == "cpu"
    if not plain or not buffer.is_floating_point() or is_lazy(buffer):
        return False
    return has_memory(buffer) and not is_untouched_clone(buffer)


def _equal(before: TensorSnapshot, after: TensorSnapshot) -> bool:
    """Return whether two snapshots of one tensor have the same elements; True where they have none to compare."""
    one, other = before.elements, after.elements
    return not isinstance(one, StoredElements) or not isinstance(other, StoredElements) or one.content == other.content
