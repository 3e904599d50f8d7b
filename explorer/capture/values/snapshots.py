"""What one run's values were: a snapshot per tensor and version, per submodule, per constant; and which are stale."""

from __future__ import annotations

from collections.abc import Mapping
from types import MethodType
from typing import Any

import torch
from torch import Tensor, nn

from explorer.capture.values.module_states import ModuleSnapshot, ModuleStates
from explorer.capture.values.snapshot import Snapshot, TensorSnapshot, TupleSnapshot, summary_of
from explorer.capture.values.stored_elements import StoredElements, store_elements
from explorer.capture.values.summaries import EMPTY, summarize
from explorer.capture.values.tensor_facts import storage_id, without_overflow_warnings
from explorer.record import Summary
from explorer.record.values import ITEMS
from explorer.runtime.torch_private import without_torch_modes
from explorer.runtime.torch_private.memory import is_untouched_clone
from explorer.runtime.torch_private.modes import function_modes, modes_at_work, without_function_modes

# Ids of types: to look up a class itself would ask a caller's metaclass for its hash.
_TENSORS = frozenset(map(id, (Tensor, nn.Parameter)))
_CONSTANTS = frozenset(map(id, (int, bool, str, float, type(None))))
_SIMPLE = _TENSORS | _CONSTANTS
_EMPTY = frozenset(map(id, EMPTY))
_INT_ONLY = frozenset([id(int)])
UNREAD_BYTES = 1 << 22  # of small tensors' elements that a record keeps until it is read


class Snapshots:
    """What values were when they were met."""

    def __init__(self, buffers: Mapping[int, TensorSnapshot]) -> None:
        """buffers: id of a tensor that is watched by content → what it was; these outlive the run."""
        self.writes = 0  # that were seen: no tensor changes in between
        self.stale: list[TensorSnapshot] = []  # that became stale, in this order
        self.unchanging: dict[int, Summary | ModuleSnapshot] = {}  # id of what reads the same at all times → what it is
        self.modules = ModuleStates(self.unchanging)
        self._methods: dict[int, Summary] = {}  # by id of the function
        self._constants: dict[tuple[type, Any], Summary] = {}
        self._kept_alive: list[Any] = []  # the unchanging ones, so that no other object gets the id of one of these
        self._latest: dict[int, TensorSnapshot] = dict(buffers)  # id of a tensor → the latest snapshot of it
        self._in_storage: dict[int, list[TensorSnapshot]] = {}  # storage → the snapshots of its tensors, if not stale
        self._writes_to: dict[int, int] = {}  # storage → writes seen, for inference tensors: they have no version
        self._waiting: list[TensorSnapshot] = []  # whose tensors are still to be read
        self._bytes_left = UNREAD_BYTES
        self._shared: list[StoredElements] = []  # in the memory of tensors that may die with the run
        # Elements of a watched buffer when last read; None where NumPy has no array of them.
        self._buffer_elements = {identity: snapshot.buffer_elements for identity, snapshot in buffers.items()}
        self._watched_in: dict[int, list[int]] = {}  # storage → ids of the watched buffers that lie in it
        self._unread: set[int] = set()  # ids of watched buffers whose memory was written to since they were read
        self._before_call = tuple(buffers.values())
        for identity, snapshot in buffers.items():
            snapshot.tensor = tensor = None if snapshot.ref is None else snapshot.ref()
            if tensor is not None:
                storage = storage_id(tensor)
                self._in_storage.setdefault(storage, []).append(snapshot)
                self._watched_in.setdefault(storage, []).append(identity)

    def take(self, value: Any) -> Snapshot:
        """Return what a value is now; the same object for a tensor that was not written to meanwhile."""
        kind = type(value)
        if kind is Tensor or kind is nn.Parameter:
            tensor: Tensor = value
            known = self._latest.get(id(tensor))
            if known is not None and known.tensor is tensor and not known.stale and not function_modes():
                if tensor.requires_grad is known.requires_grad:
                    return known
            elif function_modes():
                with without_function_modes():  # reading must not reach a function mode of the caller's
                    return self._take_tensor(tensor)
            return self._take_tensor(tensor)
        unchanging = self.unchanging.get(id(value))
        if unchanging is not None:
            return unchanging
        if kind is tuple and 0 < len(value) <= ITEMS:
            if len(value) == 1 and id(type(value[0])) in _SIMPLE:  # the arguments of most calls
                return TupleSnapshot([self.take(value[0])])
            if _SIMPLE.issuperset(map(id, map(type, value))):
                return TupleSnapshot([self.take(item) for item in value])
        elif id(kind) in _EMPTY and not value:
            return EMPTY[kind]
        elif (id(kind) in _CONSTANTS and (value or kind is not float)) or (  # 0.0 equals -0.0, and reads otherwise
            kind is torch.Size and _INT_ONLY.issuperset(map(id, map(type, value)))
        ):
            return self._take_constant(kind, value)
        elif kind is MethodType:
            function = value.__func__
            if id(function) not in self._methods:
                self._methods[id(function)] = summarize(value)
                self._kept_alive.append(function)
            return self._methods[id(function)]
        elif issubclass(kind, nn.Module):
            return self.modules.take(value)
        return summarize(value, 0, self._summarize_nested)

    def before_write(self, tensor: Tensor) -> None:
        """Keep what lies in a tensor's memory: an operation is about to write there.

        Call it with torch's modes off.
        """
        storage = storage_id(tensor)
        self.writes += 1
        if storage in self._watched_in:
            self._unread.update(self._watched_in[storage])
        self._writes_to[storage] = self._writes_to.get(storage, 0) + 1
        for snapshot in self._in_storage.pop(storage, ()):
            snapshot.before_write()
            self.stale.append(snapshot)

    def let_go(self, tensor: Tensor) -> None:
        """Read a tensor that is about to be given other memory, and keep no reference to it.

        Call it with torch's modes off.
        """
        self.before_write(tensor)
        known = self._latest.pop(id(tensor), None)
        if known is not None:
            known.let_go()

    def read_waiting(self, *, share: bool = False) -> None:
        """Read the tensors that are still to be read, and keep none of them.

        share: leave elements in the tensors' memory, as nothing writes there before `detach_from_tensors`.
        """
        with without_torch_modes(), without_overflow_warnings():
            for snapshot in self._waiting:
                snapshot.read(share=share)
                elements = snapshot.elements
                if isinstance(elements, StoredElements) and self._bytes_left > 0:
                    self._bytes_left -= elements.nbytes
                    if elements.is_shared:
                        self._shared.append(elements)
                elif elements is not None:
                    snapshot.summary()
                    snapshot.elements = None  # otherwise the record would keep the memory
        for snapshot in self._before_call:
            snapshot.tensor = None
        self._waiting, self._before_call = [], ()

    def read_all(self) -> None:
        """Read the tensors and modules that are still to be read, and keep none of them.

        Call it after the trace, and `detach_from_tensors` soon after it.
        """
        self.read_waiting(share=True)
        self.modules.read_all()
        self.unchanging.clear()  # what is not kept may lose its id to another object
        self._methods, self._kept_alive = {}, []

    def detach_from_tensors(self) -> None:
        """Copy the elements that were left in memory which something else uses too, and may write to."""
        for elements in self._shared:
            elements.detach_from_tensor()
        self._shared = []

    def latest_of_buffer(self, buffer: Tensor) -> TensorSnapshot | None:
        """Return the latest snapshot of a watched buffer; None where the buffer differs by now.

        Call it with torch's modes off.
        """
        known = self._latest.get(id(buffer))
        if known is None or id(buffer) not in self._buffer_elements or not known.is_of(buffer):
            return None
        self._read_buffer(buffer)
        version = None if buffer.is_inference() else buffer._version
        current = known.buffer_elements is self._buffer_elements[id(buffer)] and known.version == version
        return known if current and known.requires_grad is buffer.requires_grad else None

    def after_use(self, buffer: Tensor) -> None:
        """Read a watched buffer that an operation was given, and may have written into silently."""
        if modes_at_work():
            with without_torch_modes():
                self._read_buffer(buffer)
        else:
            self._read_buffer(buffer)

    def _take_tensor(self, tensor: Tensor) -> TensorSnapshot:
        identity, requires_grad = id(tensor), tensor.requires_grad
        try:
            writes = version = tensor._version
        except RuntimeError:  # an inference tensor: the writes that were seen stand for its version
            version, writes = None, self._writes_to.get(storage_id(tensor), 0)
        known, storage = self._latest.get(identity), storage_id(tensor)
        buffer_elements = None
        if identity in self._buffer_elements:
            if identity not in self._watched_in.get(storage, ()):  # in other memory: after `buffer.data = other`
                self._watched_in.setdefault(storage, []).append(identity)
                self._unread.add(identity)
            if identity in self._unread:
                self.after_use(tensor)
            buffer_elements = self._buffer_elements[identity]
        if known is not None:
            same = known.writes == writes and known.requires_grad is requires_grad
            if same and known.buffer_elements is buffer_elements and known.is_of(tensor):
                if known.stale:  # it was not this tensor that was written to
                    known.stale = False
                    self._in_storage.setdefault(storage, []).append(known)
                return known
            known.buffer_elements = None
            known.let_go()
        made = self._latest[identity] = TensorSnapshot(tensor, writes, requires_grad, version, buffer_elements)
        self._waiting.append(made)
        self._in_storage.setdefault(storage, []).append(made)
        return made

    def _take_constant(self, kind: type, value: Any) -> Snapshot:
        constant = self._constants.get((kind, value))
        if constant is None:
            constant = self._constants[kind, value] = summarize(value)
        return self._remember_unchanging(value, constant)

    def _remember_unchanging(self, value: Any, snapshot: Summary) -> Snapshot:
        self._kept_alive.append(value)
        self.unchanging[id(value)] = snapshot
        return snapshot

    def _read_buffer(self, buffer: Tensor) -> None:
        """See whether a watched buffer holds something else now. Call it with torch's modes off."""
        identity = id(buffer)
        self._unread.discard(identity)
        before = self._buffer_elements[identity]
        if before is not None and is_untouched_clone(buffer):
            return
        now = store_elements(buffer) if before is None else before.reread(buffer)
        if now is before:
            return
        self._buffer_elements[identity] = now
        self.writes += 1
        known = self._latest.get(identity)
        if known is not None:
            known.stale = True
            self.stale.append(known)

    def _summarize_nested(self, value: Any, depth: int) -> Summary:
        """Summarize an item of a container."""
        if id(type(value)) in _TENSORS:
            with without_torch_modes():
                return summary_of(self.take(value))
        if issubclass(type(value), nn.Module):
            return self.modules.take(value).summary()
        return summarize(value, depth, self._summarize_nested)
