"""Fold what comes again and again in a forward graph: it is drawn once, and says how often it came.

Among what one module call ran, a block of operations and calls that repeats becomes one block. Two calls are alike
where all that they ran is alike. Edges stay true: one that goes to a later repetition says so.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass, replace

from explorer.drawing.boxes import Box, BoxEdge, Collapsed
from explorer.drawing.repetition import Run, runs
from explorer.record import Graph, TensorLabel

ROUNDS = 16  # of folding what was folded: each at least halves what it folds


def fold_repetition(graph: Graph, seen: Collapsed, *, any_shape: bool) -> Collapsed:
    """Return the graph with each block that repeats drawn once.

    any_shape: count as alike what gave tensors of other shapes too, and blocks that repeat another number of times
        inside.
    """
    folding = _Folding(graph, seen, any_shape)
    top = folding.fold()
    leaves = sorted((item for item in _below(top) if item.boxes), key=lambda item: item.boxes[0])
    calls = {item.calls[0]: tuple(item.calls) for item in _below(top) if len(item.calls) > 1}
    boxes = tuple(_merged([seen.boxes[index] for index in item.boxes]) for item in leaves)
    return replace(seen, boxes=boxes, edges=_edges(seen, leaves, folding.turns), folded_calls=calls)


@dataclass(slots=True)
class _Item:
    """A box or a module call, and those that are drawn as one with it."""

    key: int  # equal for what is alike
    boxes: list[int]  # indices of boxes; empty for a call
    calls: list[int]  # indices of calls; empty for a box
    children: list[_Item]


class _Folding:
    """The tree of calls while it is folded, from the innermost calls outwards."""

    def __init__(self, graph: Graph, seen: Collapsed, any_shape: bool) -> None:
        self._graph, self._seen, self._any_shape = graph, seen, any_shape
        self._keys: dict[Hashable, int] = {}
        self._folds = 0
        # For each box the folds that it lies in, the innermost first, each with its turn in it.
        self.turns: list[list[tuple[int, int]]] = [[] for _ in seen.boxes]

    def fold(self) -> list[_Item]:
        """Return what lies in no call, folded."""
        inside: dict[int | None, list[_Item]] = {None: []}
        items: dict[int, _Item] = {}
        for index, box in enumerate(self._seen.boxes):
            for call in self._not_yet_met(box.call, inside):
                items[call] = _Item(-1, [], [call], inside.setdefault(call, []))
                inside[self._graph.calls[call].parent].append(items[call])
            inside[box.call].append(_Item(self._key(self._look(box)), [index], [], []))
        for call, item in reversed(items.items()):
            self._fold_items(item.children)
            name = self._graph.calls[call].module_class
            item.key = self._key(("call", name, tuple(child.key for child in item.children)))
        self._fold_items(inside[None])
        return inside[None]

    def _not_yet_met(self, call: int | None, inside: dict[int | None, list[_Item]]) -> Iterator[int]:
        """Return the calls around a box that have no item yet, the outermost first."""
        chain: list[int] = []
        while call not in inside and call is not None and call not in chain[-1:]:
            chain.append(call)
            call = self._graph.calls[call].parent
        return reversed(chain)

    def _look(self, box: Box) -> Hashable:
        """Return what two boxes that are drawn as one have in common."""
        outputs = () if self._any_shape else box.outputs
        return box.kind, box.name, box.module_class, outputs, box.in_hook, box.in_place, box.raised, box.kind == "input"

    def _key(self, look: Hashable) -> int:
        return self._keys.setdefault(look, len(self._keys))

    def _fold_items(self, items: list[_Item]) -> None:
        """Fold a list of items in place, again while something repeats in it."""
        for _ in range(ROUNDS):
            found = runs([item.key for item in items])
            if not found:
                return
            folded: list[_Item] = []
            at = 0
            for run in found:
                folded += items[at : run.start]
                folded += self._fold_run(items, run)
                at = run.start + run.length * run.times
            items[:] = folded + items[at:]

    def _fold_run(self, items: list[_Item], run: Run) -> list[_Item]:
        """Return the items of one block, each of which stands for those of all its repetitions."""
        fold, self._folds = self._folds, self._folds + 1
        end = run.start + run.length * run.times
        for turn, start in enumerate(range(run.start, end, run.length)):
            for item in _below(items[start : start + run.length]):
                for box in item.boxes:
                    self.turns[box].append((fold, turn))
        block = []
        for place in range(run.length):
            alike = items[run.start + place : end : run.length]
            first = _merge(alike)
            times = 0 if self._any_shape else run.times
            # A block that came ten times is another than one that came nine.
            first.key = self._key(("again", first.key, run.length, times))
            block.append(first)
        return block


def _merge(alike: list[_Item]) -> _Item:
    """Return the first of some items that are alike, after what the others stand for was added to it."""
    waiting = [alike]
    while waiting:
        first, *others = group = waiting.pop()
        first.boxes += [box for item in others for box in item.boxes]
        first.calls += [call for item in others for call in item.calls]
        waiting += [list(children) for children in zip(*(item.children for item in group), strict=True)]
    return alike[0]


def _below(items: Iterable[_Item]) -> Iterator[_Item]:
    """Return items with all that lie in them."""
    waiting = list(items)
    while waiting:
        item = waiting.pop()
        yield item
        waiting += item.children


def _merged(boxes: list[Box]) -> Box:
    """Return one box that stands for several."""
    first, last = boxes[0], boxes[-1]
    if len(boxes) == 1:
        return first
    return replace(
        first,
        number=None,
        steps=disjoint(steps for box in boxes for steps in box.steps),
        nodes=tuple(node for box in boxes for node in box.nodes),
        raised=any(box.raised for box in boxes),
        times=sum(box.times for box in boxes),
        last_module=last.last_module or last.module,
        last_outputs=last.last_outputs or last.outputs,
    )


def disjoint(ranges: Iterable[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    """Return ranges in order, those that overlap joined."""
    joined: list[tuple[int, int]] = []
    for first, last in sorted(ranges):
        if joined and first <= joined[-1][1]:
            joined[-1] = joined[-1][0], max(last, joined[-1][1])
        else:
            joined.append((first, last))
    return tuple(joined)


def _edges(seen: Collapsed, leaves: list[_Item], turns: list[list[tuple[int, int]]]) -> tuple[BoxEdge, ...]:
    """Return the edges between the boxes that are drawn, each once with all that goes along."""
    place = {box.id: index for index, box in enumerate(seen.boxes)}
    drawn_as = {index: seen.boxes[item.boxes[0]].id for item in leaves for index in item.boxes}
    merged: dict[tuple[str, str, bool], dict[TensorLabel, None]] = {}
    for edge in seen.edges:
        source, target = place[edge.source], place[edge.target]
        key = drawn_as[source], drawn_as[target], edge.onward or _is_onward(turns[source], turns[target])
        merged.setdefault(key, {}).update(dict.fromkeys(edge.tensors))
    return tuple(
        BoxEdge(source, target, tuple(tensors), onward) for (source, target, onward), tensors in merged.items()
    )


def _is_onward(source: list[tuple[int, int]], target: list[tuple[int, int]]) -> bool:
    """Return whether one box lies in another turn of a fold that both lie in. The innermost fold comes first."""
    for (fold, turn), (other, later) in zip(reversed(source), reversed(target), strict=False):
        if fold != other:
            return False
        if turn != later:
            return True
    return False
