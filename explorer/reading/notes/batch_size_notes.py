"""Say where a view made another batch size of the one that went in."""

from __future__ import annotations

from collections.abc import Iterator
from math import prod

from explorer.record import Observation, Summary
from explorer.wording import count

RESHAPING = ("view", "reshape", "flatten", "view_as", "reshape_as")


def batch_size_changed(observation: Observation) -> Iterator[str]:
    """Yield a note where a view made another batch size of the one that went in."""
    first = observation.inputs[0][1] if observation.inputs else None
    if observation.training is None or observation.output is None or first is None:
        return
    given, got = _size(first), _size(observation.output)
    if given is None or got is None or given == got:
        return
    for node in observation.graph.nodes:
        if node.operation in RESHAPING and not node.in_hook and node.inputs and node.outputs:
            before, after = node.inputs[0].shape, node.outputs[0].shape
            if before[:1] == (given,) and after[:1] == (got,) and prod(before) == prod(after) > 0:
                yield (
                    f"{count(given, 'row')} went in and {got} came out: `{node.operation}` made {list(after)} of "
                    f"{list(before)}, and nothing raised. {_mixed(before, after)}"
                )
                return


def _mixed(before: tuple[int, ...], after: tuple[int, ...]) -> str:
    """Return how many of the new rows straddle a boundary of the old ones. A view keeps the order of the elements."""
    old, new = prod(before[1:]), prod(after[1:])
    mixed = sum(row * new // old != ((row + 1) * new - 1) // old for row in range(after[0]))
    if not mixed:
        return "Each of the new rows is a piece of one old row."
    return f"{mixed} of the new rows {'holds' if mixed == 1 else 'hold'} parts of more than one old row."


def _size(summary: Summary) -> int | None:
    return summary.tensor.shape[0] if summary.tensor is not None and summary.tensor.shape else None
