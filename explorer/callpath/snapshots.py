"""What one run's values were when they were looked at: a summary per tensor and version, per submodule, per constant.

Looking at a tensor keeps the tensor and what marks its state; its figures are computed when the call is over, all in
one go. In between the operations of a large model empty the processor's caches, and the same code takes three times
as long. Before an operation writes into a tensor that is kept, its elements are copied.
"""

from __future__ import annotations

import weakref
from collections.abc import Mapping
from types import MethodType
from typing import Any

import torch
from torch import Tensor, nn

from explorer.callpath.values import (
    EMPTY,
    ITEMS,
    PLACES,
    Elements,
    alone,
    container_summary,
    elements_of,
    is_untouched,
    storage_of,
    summarize,
    tensor_summary,
)
from explorer.record import Summary

_TENSORS = frozenset({Tensor, nn.Parameter})
_CONSTANT = frozenset({int, bool, str, type(None)})
_SIMPLE = _TENSORS | _CONSTANT
_function_modes = torch._C._len_torch_function_stack


class Snapshot:
    """A tensor as it was at one moment. Equal looks at one tensor give the same object."""

    __slots__ = ("elements", "grad_fn", "made", "requires_grad", "tensor", "version")

    def __init__(self, tensor: Tensor, version: int | None, requires_grad: bool, elements: Elements | None) -> None:
        self.tensor: Tensor | None = tensor
        self.version, self.requires_grad = version, requires_grad
        grad_fn = tensor.grad_fn if requires_grad else None
        self.grad_fn = None if grad_fn is None else type(grad_fn).__name__
        self.elements = elements  # a copy of them, where they may change before the summary is made
        self.made: Summary | None = None

    def summary(self) -> Summary:
        """The summary; the tensor is let go."""
        if self.made is None:
            assert self.tensor is not None
            self.made = tensor_summary(self.tensor, self.version, self.requires_grad, self.grad_fn, self.elements)
            self.tensor = None
        return self.made

    def keep_elements(self) -> None:
        """The tensor is about to be written to."""
        if self.made is None and self.elements is None:
            assert self.tensor is not None
            self.elements = elements_of(self.tensor, copy=True)


class Several:
    """A tuple of tensors and constants, as the arguments of most calls are."""

    __slots__ = ("items",)

    def __init__(self, items: list[Look]) -> None:
        self.items = items

    def summary(self) -> Summary:
        items = [summary_of(item) for item in self.items]
        if len(items) == 1:
            return alone(items[0])
        return container_summary("tuple", len(items), tuple(zip(PLACES, items, strict=False)))


class ModuleLook:
    """A submodule: its text is asked for when the call is over."""

    __slots__ = ("made", "module")

    def __init__(self, module: nn.Module) -> None:
        self.module: nn.Module | None = module
        self.made: Summary | None = None

    def summary(self) -> Summary:
        if self.made is None:
            self.made, self.module = summarize(self.module), None
        return self.made


Look = Summary | Snapshot | Several | ModuleLook  # what is known of a value while the call runs


def summary_of(look: Look) -> Summary:
    """The summary that a look stands for."""
    return look if isinstance(look, Summary) else look.summary()


class Snapshots:
    """What values were when they were looked at."""

    def __init__(self, paths: Mapping[int, str], buffers: frozenset[int]) -> None:
        """paths: id of a submodule → its path; these outlive the run. buffers: ids of tensors watched by content."""
        self.writes = 0  # that were seen: no tensor changes in between
        self._paths, self._buffers = paths, buffers
        self._contents: dict[int, Elements | None] = {}  # id of a watched buffer → what it held when last read
        self._writes: dict[int, int] = {}  # storage → writes seen, for inference tensors: they have no version
        self._modules: dict[int, ModuleLook] = {}
        self._methods: dict[Any, Summary] = {}
        self._constants: dict[tuple[type, Any], Summary] = {}
        self._tensors: dict[int, tuple[weakref.ref[Tensor], Any, Snapshot]] = {}
        self._waiting: list[Snapshot] = []
        self._in_storage: dict[int, list[Snapshot]] = {}  # storage → those waiting whose tensor lies in it

    def look(self, value: Any) -> Look:
        """What a value is now. Looks at a tensor that nobody wrote to meanwhile give the same object."""
        kind = type(value)
        if kind in _TENSORS:
            return self._look_at_tensor(value)
        if kind in _CONSTANT:
            try:
                return self._constants[kind, value]
            except KeyError:
                known = self._constants[kind, value] = summarize(value)
                return known
        module = self._modules.get(id(value))
        if module is not None:
            return module
        if kind is tuple and 0 < len(value) <= ITEMS and _SIMPLE.issuperset(map(type, value)):
            return Several([self.look(item) for item in value])
        if kind in EMPTY and not value:
            return EMPTY[kind]
        if kind is MethodType:
            function = value.__func__
            if function not in self._methods:
                self._methods[function] = summarize(value)
            return self._methods[function]
        if id(value) in self._paths:
            module = self._modules[id(value)] = ModuleLook(value)
            return module
        return summarize(value, 0, self._nested)

    def before_write(self, tensor: Tensor) -> None:
        """An operation is about to write into this tensor's memory. Wants torch's modes off."""
        storage = storage_of(tensor)
        self.writes += 1
        self._writes[storage] = self._writes.get(storage, 0) + 1
        for snapshot in self._in_storage.pop(storage, ()):
            snapshot.keep_elements()

    def after_use(self, tensor: Tensor) -> None:
        """An operation was given this tensor, which may have written into it without saying so."""
        if id(tensor) in self._contents:
            self._read(tensor)

    def settle(self) -> None:
        """Make the tensors' summaries that wait, and let the tensors go."""
        with torch._C.DisableTorchFunction(), torch._C._DisableTorchDispatch():
            for snapshot in self._waiting:
                snapshot.summary()
        self._waiting, self._in_storage = [], {}

    def finish(self) -> None:
        """Make all that waits. After the trace, for a module's text is its own code's."""
        self.settle()
        for module in self._modules.values():
            module.summary()

    def _look_at_tensor(self, tensor: Tensor) -> Snapshot:
        if _function_modes():
            with torch._C.DisableTorchFunction():  # reading must not reach a function mode of the caller's
                return self._tensor(tensor)
        return self._tensor(tensor)

    def _tensor(self, tensor: Tensor) -> Snapshot:
        identity = id(tensor)
        requires_grad = tensor.requires_grad
        try:
            mark = version = tensor._version
        except RuntimeError:  # an inference tensor: the writes that were seen stand for its version
            version, mark = None, self._writes.get(storage_of(tensor), 0)
        kept = self._tensors.get(identity)
        known = kept is not None and kept[0]() is tensor
        watched = identity in self._buffers
        if known and kept is not None and kept[1] == (mark, requires_grad):
            snapshot = kept[2]
            if not watched or snapshot.elements is self._contents.get(identity):
                return snapshot
        made = Snapshot(tensor, version, requires_grad, self._read(tensor) if watched else None)
        self._tensors[identity] = (weakref.ref(tensor), (mark, requires_grad), made)
        self._waiting.append(made)
        if not watched:
            self._in_storage.setdefault(storage_of(tensor), []).append(made)
        return made

    def _read(self, buffer: Tensor) -> Elements | None:
        """A copy of what a buffer holds; the same one as long as that is the same."""
        kept = self._contents.get(id(buffer))
        if kept is not None and is_untouched(buffer):
            return kept
        with torch._C._DisableTorchDispatch():
            now = elements_of(buffer, copy=True)
        if kept is None or now is None or kept.flat.tobytes() != now.flat.tobytes():
            self._contents[id(buffer)] = kept = now
            self.writes += 1
        return kept

    def _nested(self, value: Any, depth: int) -> Summary:
        if type(value) in _TENSORS:
            snapshot = self._look_at_tensor(value)
            with torch._C.DisableTorchFunction(), torch._C._DisableTorchDispatch():
                return snapshot.summary()
        return summarize(value, depth, self._nested)
