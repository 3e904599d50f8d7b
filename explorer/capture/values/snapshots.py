"""What one run's values were: a look per tensor and version, per submodule, per constant; and which are stale."""

from __future__ import annotations

from collections.abc import Mapping
from types import MethodType
from typing import Any

import torch
from torch import Tensor, nn

from explorer.capture.values.snapshot import ModuleSnapshot, Snapshot, TensorSnapshot, TupleSnapshot, summary_of
from explorer.capture.values.stored_elements import StoredElements, store_elements
from explorer.capture.values.summaries import EMPTY, quiet_sums, storage_of, summarize
from explorer.record import Summary
from explorer.record.values import ITEMS
from explorer.runtime.torch_private import without_torch_modes
from explorer.runtime.torch_private.memory import is_untouched_clone
from explorer.runtime.torch_private.modes import function_modes, modes_at_work, without_function_modes

_TENSORS = frozenset({Tensor, nn.Parameter})
_CONSTANT = frozenset({int, bool, str, float, type(None)})
_SIMPLE = _TENSORS | _CONSTANT
_PLAIN_SIZES = frozenset({int})
HELD_BYTES = 1 << 22  # of small tensors' elements that an unread record keeps


class Snapshots:
    """What values were when they were looked at."""

    def __init__(self, paths: Mapping[int, str], buffers: Mapping[int, TensorSnapshot]) -> None:
        """paths: id of a submodule → its path; these outlive the run.
        buffers: id of a tensor that is watched by content → what it was; these outlive the run too."""
        self.writes = 0  # that were seen: no tensor changes in between
        self._paths = paths
        # What a watched tensor held when last read; None for what NumPy has no array of.
        self._contents = {place: snapshot.held for place, snapshot in buffers.items()}
        self._watched_in: dict[int, list[int]] = {}  # storage → ids of the watched buffers that lie in it
        self._unread: set[int] = set()  # ids of watched buffers whose memory was written to since they were read
        self._writes: dict[int, int] = {}  # storage → writes seen, for inference tensors: they have no version
        self._modules: list[ModuleSnapshot] = []
        self._methods: dict[Any, Summary] = {}
        self._constants: dict[tuple[type, Any], Summary] = {}
        self._known: dict[int, TensorSnapshot] = dict(buffers)  # id of a tensor → the latest look at it
        self.unchanging: dict[
            int, Summary | ModuleSnapshot
        ] = {}  # id of what reads the same at all times → the look at it
        self._constant: list[Any] = []  # kept, so that an id stays its own
        self._waiting: list[TensorSnapshot] = []
        self._room = HELD_BYTES
        self._shared: list[StoredElements] = []  # of tensors that may die with the run; until `own`
        self._in_storage: dict[int, list[TensorSnapshot]] = {}  # storage → those whose tensor lies in it, if not stale
        self._first = tuple(buffers.values())  # the looks at the watched buffers before the call; `settle` lets go
        for place, snapshot in buffers.items():
            snapshot.tensor = tensor = None if snapshot.ref is None else snapshot.ref()
            if tensor is not None:
                storage = storage_of(tensor)
                self._in_storage.setdefault(storage, []).append(snapshot)
                self._watched_in.setdefault(storage, []).append(place)

    def look(self, value: Any) -> Snapshot:
        """What a value is now. Looks at a tensor that nobody wrote to meanwhile give the same object."""
        kind = type(value)
        if kind is Tensor or kind is nn.Parameter:
            tensor: Tensor = value
            known = self._known.get(id(tensor))
            if known is not None and known.tensor is tensor and not known.stale and not function_modes():
                if tensor.requires_grad is known.requires_grad:
                    return known
            elif function_modes():
                with without_function_modes():  # reading must not reach a function mode of the caller's
                    return self._tensor(tensor)
            return self._tensor(tensor)
        unchanging = self.unchanging.get(id(value))
        if unchanging is not None:
            return unchanging
        if kind is tuple and 0 < len(value) <= ITEMS:
            if len(value) == 1 and type(value[0]) in _SIMPLE:  # the arguments of most calls
                return TupleSnapshot([self.look(value[0])])
            if _SIMPLE.issuperset(map(type, value)):
                return TupleSnapshot([self.look(item) for item in value])
        elif kind in EMPTY and not value:
            return EMPTY[kind]
        elif (kind in _CONSTANT and (value or kind is not float)) or (  # 0.0 equals -0.0, and reads otherwise
            kind is torch.Size and _PLAIN_SIZES.issuperset(map(type, value))
        ):
            return self._constant_look(kind, value)
        elif kind is MethodType:
            function = value.__func__
            if function not in self._methods:
                self._methods[function] = summarize(value)
            return self._methods[function]
        elif id(value) in self._paths:
            module = ModuleSnapshot(value)
            self._modules.append(module)
            return self._always(value, module)
        return summarize(value, 0, self._nested)

    def _constant_look(self, kind: type, value: Any) -> Snapshot:
        constant = self._constants.get((kind, value))
        if constant is None:
            constant = self._constants[kind, value] = summarize(value)
        return self._always(value, constant)

    def _always(self, value: Any, look: Summary | ModuleSnapshot) -> Snapshot:
        """For a value that reads the same whenever it is looked at."""
        self._constant.append(value)
        self.unchanging[id(value)] = look
        return look

    def before_write(self, tensor: Tensor) -> None:
        """An operation is about to write into this tensor's memory. Wants torch's modes off."""
        storage = storage_of(tensor)
        self.writes += 1
        if storage in self._watched_in:
            self._unread.update(self._watched_in[storage])
        self._writes[storage] = self._writes.get(storage, 0) + 1
        for snapshot in self._in_storage.pop(storage, ()):
            snapshot.keep()

    def settle(self, *, share: bool = False) -> None:
        """Read the tensors that wait, and let them go.

        share: nobody writes to them before `own`.
        """
        with without_torch_modes(), quiet_sums():
            for snapshot in self._waiting:
                snapshot.read(share=share)
                elements = snapshot.elements
                if isinstance(elements, StoredElements) and self._room > 0:
                    self._room -= elements.nbytes
                    if elements.shared:
                        self._shared.append(elements)
                elif elements is not None:
                    snapshot.summary()
                    snapshot.elements = None  # or the record would keep the memory
        for snapshot in self._first:
            snapshot.tensor = None
        self._waiting, self._first = [], ()

    def finish(self) -> None:
        """Read all that waits. After the trace, for a module may describe itself; wants `own` soon after."""
        self.settle(share=True)
        for module in self._modules:
            module.read()
        # Keep no module; and what is not kept may lose its id to another.
        self._modules, self._constant, self.unchanging = [], [], {}

    def own(self) -> None:
        """Copy what was left in the tensors' memory, where that outlived the run and may be written to."""
        for held in self._shared:
            held.own()
        self._shared = []

    def _tensor(self, tensor: Tensor) -> TensorSnapshot:
        identity = id(tensor)
        requires_grad = tensor.requires_grad
        try:
            writes = version = tensor._version
        except RuntimeError:  # an inference tensor: the writes that were seen stand for its version
            version, writes = None, self._writes.get(storage_of(tensor), 0)
        known, storage = self._known.get(identity), storage_of(tensor)
        held = None
        if identity in self._contents:
            if identity not in self._watched_in.get(storage, ()):  # in other memory: after `buffer.data = other`
                self._watched_in.setdefault(storage, []).append(identity)
                self._unread.add(identity)
            held = self._held(tensor)
        if known is not None:
            same = known.writes == writes and known.requires_grad is requires_grad and known.held is held
            if same and known.shows(tensor):
                if known.stale:  # it was not this tensor that was written to
                    known.stale = False
                    self._in_storage.setdefault(storage, []).append(known)
                return known
            known.held = None
        made = self._known[identity] = TensorSnapshot(tensor, writes, requires_grad, version, held)
        self._waiting.append(made)
        self._in_storage.setdefault(storage, []).append(made)
        return made

    def _held(self, buffer: Tensor) -> StoredElements | None:
        """What a watched buffer holds; the same object as long as that is the same."""
        if id(buffer) in self._unread:
            self.after_use(buffer)
        return self._contents[id(buffer)]

    def latest(self, buffer: Tensor) -> TensorSnapshot | None:
        """The latest look at a watched buffer; None where it is another one by now. Wants torch's modes off."""
        known = self._known.get(id(buffer))
        if known is None or id(buffer) not in self._contents or not known.shows(buffer):
            return None
        self._read(buffer)
        version = None if buffer.is_inference() else buffer._version
        now = known.held is self._contents[id(buffer)] and known.version == version
        return known if now and known.requires_grad is buffer.requires_grad else None

    def after_use(self, buffer: Tensor) -> None:
        """An operation was given this watched buffer, and may have written into it without saying so."""
        if modes_at_work():
            with without_torch_modes():
                self._read(buffer)
        else:
            self._read(buffer)

    def _read(self, buffer: Tensor) -> None:
        """See whether a watched buffer holds something else now. Wants torch's modes off."""
        identity = id(buffer)
        self._unread.discard(identity)
        kept = self._contents[identity]
        if kept is not None and is_untouched_clone(buffer):
            return
        now = store_elements(buffer) if kept is None else kept.again(buffer)
        if now is kept:
            return
        self._contents[identity] = now
        self.writes += 1
        known = self._known.get(identity)
        if known is not None:
            known.stale = True

    def _nested(self, value: Any, depth: int) -> Summary:
        if type(value) in _TENSORS:
            with without_torch_modes():
                return summary_of(self.look(value))
        return summarize(value, depth, self._nested)
