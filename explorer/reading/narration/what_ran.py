"""What the statements of a run called and computed themselves, as part of a sentence."""

from __future__ import annotations

from bisect import bisect_left
from operator import itemgetter

from explorer.reading.narration.indexed_run import IndexedRun
from explorer.reading.narration.phrases import module_called, operation_ran
from explorer.record import ModuleCall, Node, Step


class WhatRan:
    """The module calls and the operations of a run, by the steps that led to them."""

    def __init__(self, run: IndexedRun, *, future_tense: bool) -> None:
        """future_tense: say what will come of a statement, not what has."""
        graph = run.observation.graph
        self._run, self._future_tense = run, future_tense
        self._operations = [node for node in graph.nodes if node.kind == "operation"]
        self._operation_starts = [node.steps[0] for node in self._operations]
        self._calls = tuple(graph.calls)
        self._call_starts = [call.steps[0] for call in self._calls]

    def sentence(self, step: Step, end: int, *, fails: bool) -> str:
        """Return the submodules that a statement called and the operations that it ran itself, in order.

        end: index of the first step that is not the statement's. fails: whether it raised. "" where it did nothing.
        """
        calls, nodes = self._direct(step.index, end)
        parts = [(call.steps[0], self._module_called(step, call)) for call in calls]
        parts += [(node.steps[0], operation_ran(node)) for node in nodes]
        parts.sort(key=itemgetter(0))  # by step alone: operations of one step are in order already
        if not parts:
            return ""
        shown = [text for _, text in parts[:4]] + ([f"{len(parts) - 4} more"] if len(parts) > 4 else [])
        does_not = "will not" if self._future_tense else "does not"
        ending = f", and {does_not} get to the end" if fails else ""
        return f"It {', then '.join(shown)}{ending}."

    def _direct(self, begin: int, end: int) -> tuple[list[ModuleCall], list[Node]]:
        """Return the module calls of these steps that lie in none of the others, and the operations outside of them.

        What lies inside of a call is passed over in one go: modules that are nested deeply would otherwise be gone
        through once at each level.
        """
        first, last = bisect_left(self._call_starts, begin), bisect_left(self._call_starts, end)
        calls: list[ModuleCall] = []
        nodes: list[Node] = []
        at, index = begin, first
        while index < last:
            call = self._calls[index]
            if call.parent is None or not first <= call.parent < last:
                calls.append(call)
            nodes += self._nodes_between(at, call.steps[0])
            at = max(at, call.steps[1])  # at whose last step the statement that called it may go on
            index = bisect_left(self._call_starts, at, index + 1)
        nodes += self._nodes_between(at, end)
        return calls, [node for node in nodes if node.call is None or not first <= node.call < last]

    def _nodes_between(self, begin: int, end: int) -> list[Node]:
        starts = self._operation_starts
        first = bisect_left(starts, begin)
        return self._operations[first : bisect_left(starts, end, first)] if begin < end else []

    def _module_called(self, step: Step, call: ModuleCall) -> str:
        first = self._run.steps[call.steps[0]].frame
        begun = self._run.frames[first] if first is not None else None
        entered = self._run.entered_by(step, begun) if begun is not None else None
        return module_called(call, begun, entered)
