"""A node of the graph while the log is read."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from explorer.capture.operations.call_site import NO_CALL, CallSite
from explorer.capture.operations.dispatched import Operator
from explorer.capture.trace.tape import CallPlace, Position
from explorer.record import Graph, ModuleCall, Node, NodeKind, ScriptTraining, TensorLabel
from explorer.runtime.torch_private.operators import number_of_results


class PendingNode:
    """A node while it is being made."""

    __slots__ = (
        "call", "drew", "first_step", "full_names", "graph_inside", "in_hook", "in_place", "inputs", "kind",
        "last_results", "last_step", "made", "module_call", "name", "names_itself", "number_of_results", "operations",
        "parameters", "raised", "read_inside", "script", "site", "storages_given", "taken_inside", "until", "used",
    )  # fmt: skip

    def __init__(self, kind: NodeKind, name: str, position: Position, site: CallSite = NO_CALL) -> None:
        self.kind, self.name, self.site = kind, name, site
        self.first_step = self.last_step = position.step
        self.module_call, self.in_hook = position.module_call, position.in_hook
        self.raised = self.drew = self.in_place = False
        self.call: CallPlace | None = None  # where the frame stands that calls
        self.until = 0  # how many nodes there were when the operation was dispatched that came last
        self.full_names: list[str] = []  # of the dispatched operations
        self.operations = 0  # how many of these compute something
        self.names_itself = True  # whether what was dispatched is the whole of what was called
        self.inputs: dict[int, TensorLabel | None] = {}  # id of a tensor that it took → its label; None for a parameter
        self.parameters: list[tuple[str, TensorLabel]] = []
        self.made: dict[int, TensorLabel] = {}  # id of a tensor that it made → its label
        self.taken_inside: set[int] = set()  # ids of those that it took itself, or that are of no use but to autograd
        self.used: dict[int, int] = {}  # ids of those that other nodes took → the index of the last of these
        self.storages_given: tuple[frozenset[int], int] = frozenset(), 0  # of so many inputs
        self.last_results: list[int] = []  # ids of what the operation that was dispatched last gave
        # Of a script: returns the graph of its operations, given the ids of its results.
        self.graph_inside: Callable[[Sequence[int]], Graph] | None = None
        self.script: tuple[ScriptTraining, bool | None] | None = None  # what it passes for `training`; its own flag
        self.number_of_results: int | None = None  # of a script; None where its schema does not tell
        self.read_inside: Callable[[Iterable[Any]], None] | None = None  # reads a part of the log into it

    def see(self, operator: Operator, step: int, nodes: int) -> None:
        """Note that an operation was dispatched which belongs to this node. nodes: how many there are."""
        self.last_step, self.until = step, nodes
        self.full_names.append(operator.full_name)
        if not operator.lifts and not self.operations and self.site.name is None:  # what was lifted names no node
            self.name = operator.name
        self.operations += not operator.lifts
        self.names_itself = self.names_itself and self.name == operator.name

    def record(self, identity: str, calls: Sequence[ModuleCall]) -> Node:
        """Return the record's node. identity: "n0", "n1", ... calls: the module calls of the run; none in a script."""
        call = calls[self.module_call.index] if self.module_call is not None and calls else None
        results = self.results()
        return Node(
            id=identity,
            kind=self.kind,
            operation=(self.site.name_of_several if self.operations > 1 else None) or self.name,
            module=call.module if call else "",
            module_class=call.module_class if call else "",
            call=call.index if call else None,
            inputs=tuple(label for label in self.inputs.values() if label is not None),
            outputs=tuple(self.made[each] for each in results) or self._changed_item_of(),
            details=tuple(self.full_names),
            steps=(self.first_step, self.last_step),
            in_hook=self.in_hook,
            parameters=tuple(self.parameters),
            raised=self.raised,
            drew=self.drew,
            in_place=self.in_place,
            inside=None if self.graph_inside is None else self.graph_inside(results),
            script=None if self.script is None else self.script[0],
            training=None if self.script is None else self.script[1],
        )

    def results(self) -> list[int]:
        """Return the ids of the tensors that the call gave, in the order in which they were made.

        Those that another operation took are known to be given. For the others it counts how many tensors such a call
        gives, and that what a call makes for itself it mostly takes itself.
        """
        if self.raised or self.site.name == "__setitem__":
            return []
        if self.names_itself and self.operations <= 1:
            return list(dict.fromkeys(self.last_results))
        # What took one meanwhile, as a hook for saved tensors does, was not given what the call gave.
        found = dict.fromkeys(each for each in self.made if self.used.get(each, -1) >= self.until)
        number = self.number_of_results if self.site.is_script else number_of_results(self.site.name or "")
        if self.site.name_of_several:  # an operator
            number = 1
        left = dict.fromkeys(each for each in self.made if each not in self.taken_inside and each not in self.inputs)
        last = [each for each in self.last_results if each in left]
        if number is None:
            found |= left if len(last) < len(left) or self.operations > 1 else dict.fromkeys(last)
        else:
            if len(found) > number:  # one was saved by autograd, and a hook took that
                found = {}
            for each in (*last, *reversed(left), *self.last_results):
                if len(found) < number:
                    found.setdefault(each)
        return [each for each in self.made if each in found]

    def _changed_item_of(self) -> tuple[TensorLabel, ...]:
        """Return the tensor whose items `x[i] = y` set: Python is given nothing, but what follows uses it."""
        if self.site.name != "__setitem__" or self.raised:
            return ()
        first = next(iter(self.inputs.values()), None)
        return (first,) if first is not None else tuple(label for _, label in self.parameters[:1])
