"""The frames around what one module call ran: which there are, and which boxes and frames lie in each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from explorer.drawing.boxes import TIMES_SIGN, Box, Collapsed
from explorer.drawing.collapsed_graph import called_again, calls_around
from explorer.record import Graph, ModuleCall


@dataclass(frozen=True, slots=True)
class Frames:
    """Which box is drawn in which frame."""

    calls: tuple[ModuleCall, ...]  # that have one
    inside: Mapping[int | None, tuple[Box | ModuleCall, ...]]  # what lies directly in each: boxes, then frames
    names: Mapping[int, str]  # of every module call around a box
    spans: Mapping[int, tuple[tuple[int, int], ...]]  # the steps of each frame's calls

    def walk(self) -> Iterator[tuple[Box | ModuleCall | None, int | None]]:
        """Yield each box and each frame with the call that it lies in; None where a frame ends."""
        waiting: list[tuple[Box | ModuleCall | None, int | None]] = [
            (each, None) for each in reversed(self.inside.get(None, ()))
        ]
        while waiting:
            item, home = waiting.pop()
            yield item, home
            if isinstance(item, ModuleCall):
                waiting.append((None, home))
                waiting += [(each, item.index) for each in reversed(self.inside.get(item.index, ()))]


def frames_of(graph: Graph, seen: Collapsed) -> Frames:
    """Return which boxes go into which frame.

    Each module call has a frame, except where one operation is all that the call ran: its box then names the call.
    """
    enclosing, alone = _enclosing(graph, seen)
    calls = tuple(graph.calls[index] for index in sorted(enclosing - alone))
    inside: dict[int | None, list[Box | ModuleCall]] = {}
    for box in seen.boxes:
        home = graph.calls[box.call].parent if box.call is not None and box.call in alone else box.call
        inside.setdefault(home, []).append(box)
    for call in calls:
        inside.setdefault(call.parent, []).append(call)
    repeated = called_again(graph)
    together = {index: [graph.calls[each] for each in seen.folded_calls.get(index, (index,))] for index in enclosing}
    return Frames(
        calls=calls,
        inside={home: tuple(items) for home, items in inside.items()},
        names={
            index: call_name(calls[0], (calls[0].module, calls[0].module_class) in repeated, calls[-1], len(calls))
            for index, calls in together.items()
        },
        spans={call.index: tuple(each.steps for each in together[call.index]) for call in calls},
    )


def number_of_frames(graph: Graph, seen: Collapsed) -> int:
    """Return how many frames are drawn."""
    enclosing, alone = _enclosing(graph, seen)
    return len(enclosing) - len(alone)


def _enclosing(graph: Graph, seen: Collapsed) -> tuple[set[int], set[int]]:
    """Return the calls around all boxes, and those of them that ran one operation alone, and need no frame."""
    enclosing = calls_around(graph, (box.call for box in seen.boxes))
    crowded = Counter(box.call for box in seen.boxes) + Counter(graph.calls[call].parent for call in enclosing)
    alone = {
        box.call
        for box in seen.boxes
        if box.call is not None and crowded[box.call] == 1 and graph.calls[box.call].module and not box.in_hook
    }
    return enclosing, alone


def call_name(call: ModuleCall, repeated: bool, last: ModuleCall | None = None, times: int = 1) -> str:
    """Return a module call's name, as "pool · MaxPool2d, call 2"; the outermost module has its class alone.

    last, times: of calls that are drawn as one, the last, and how many they are.
    """
    path = path_range(call.module, last.module if last else call.module)
    name = f"{path} · {call.module_class}" if path else call.module_class
    if times > 1:
        return f"{name} {TIMES_SIGN} {times:,}"
    return f"{name}, call {call.number}" if repeated else name


def path_range(first: str, last: str) -> str:
    """Return one path, or "first … last" of several."""
    return f"{first} … {last}" if last and last != first else first
