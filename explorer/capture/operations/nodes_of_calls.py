"""Which node a call of Python's is, while what torch dispatches for it goes on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from torch import Tensor

from explorer.capture.trace.tape import CallPlace


class NodesOfCalls:
    """The calls of one run that are nodes, by the place where the frame stands.

    Other calls may run inside of one: a hook for saved tensors, or one of autograd's. It goes on afterwards.
    """

    def __init__(self) -> None:
        self._nodes: dict[CallPlace, int] = {}  # the index of the node
        self._made_before: list[Tensor] = []  # room that a call made which is not a node yet
        self._call_before: CallPlace | None = None  # that call

    def node(self, call: CallPlace | None) -> int | None:
        """Return the index of a call's node; None where it has none yet."""
        return None if call is None else self._nodes.get(call)

    def begin(self, call: CallPlace | None, node: int) -> Sequence[Tensor]:
        """Note that a call is a node from now on, and return the room that it made before."""
        made = self._made_before if call is not None and call == self._call_before else ()
        self._made_before, self._call_before = [], None
        if call is not None:
            self._nodes[call] = node
        return made

    def end(self, call: CallPlace | None) -> None:
        """Note that what follows belongs to a call no longer: it raised, or its node was removed."""
        if call is not None:
            self._nodes.pop(call, None)

    def make_room(self, call: CallPlace | None, tensors: Iterable[Tensor]) -> None:
        """Note room that a call made which has no node yet."""
        if self._call_before != call:
            self._call_before, self._made_before = call, []
        self._made_before += tensors
