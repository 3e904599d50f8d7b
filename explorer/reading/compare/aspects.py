"""In what two matching steps differ: what they changed, and what they returned."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from explorer.record import Change, Step, Summary, TensorFacts

QUOTED_ELEMENTS = 3  # of a tensor's first elements that an aspect quotes


class Aspect(NamedTuple):
    """One aspect in which the sides differ."""

    name: str  # of what differs: "x", "args[0]"; empty for what a step returned or raised
    # "shape", "dtype", "grad_fn", "requires_grad", "version", "elements"; "type", "value" of what is no tensor; "line";
    # "change" where both sides changed it, each in another way; or, where one side did, how: see `ChangeKind`
    what: str
    left: str | None  # in words; None where this side has nothing of that name
    right: str | None


def aspects(left: Step, right: Step) -> tuple[Aspect, ...]:
    """Return every aspect in which two matching steps differ; empty where all that was recorded of them is equal."""
    if left.changes == right.changes and left.value == right.value and left.line == right.line:
        return ()
    found: list[Aspect] = []
    if left.line != right.line:  # a frame returned from another statement
        found.append(Aspect("", "line", str(left.line), str(right.line)))
    found += _changes(left.changes, right.changes)
    found += value_aspects("", left.value, right.value)
    return tuple(found)


def _changes(left: Sequence[Change], right: Sequence[Change]) -> Iterator[Aspect]:
    ours, theirs = _by_name(left), _by_name(right)
    for key in [*ours, *(key for key in theirs if key not in ours)]:
        one, other = ours.get(key), theirs.get(key)
        if one is None or other is None:
            change = one or other
            assert change is not None
            yield Aspect(key[0], change.kind, one and one.value.text, other and other.value.text)
            continue
        if one.kind != other.kind:
            yield Aspect(key[0], "change", one.kind, other.kind)
        yield from value_aspects(key[0], one.value, other.value)


def _by_name(changes: Sequence[Change]) -> dict[tuple[str, int], Change]:
    """Return the changes by name; a name that changed twice in one step has two entries."""
    found: dict[tuple[str, int], Change] = {}
    for change in changes:
        turn = sum(name == change.name for name, _ in found)
        found[change.name, turn] = change
    return found


def value_aspects(name: str, left: Summary | None, right: Summary | None) -> Iterator[Aspect]:
    """Yield every aspect in which two values differ, as far as their summaries say."""
    if left == right:
        return
    if left is None or right is None:
        yield Aspect(name, "value", left and left.text, right and right.text)
    elif left.type != right.type:
        yield Aspect(name, "type", left.text, right.text)
    elif left.tensor is not None and right.tensor is not None:
        yield from _tensors(name, left.tensor, right.tensor)
    elif left.text != right.text:
        yield Aspect(name, "value", left.text, right.text)
    else:  # containers of the same shape
        for (key, one), (_, other) in zip(left.items, right.items, strict=False):
            yield from value_aspects(f"{name}[{key}]", one, other)


def _tensors(name: str, left: TensorFacts, right: TensorFacts) -> Iterator[Aspect]:
    """Yield the aspects in which two tensors differ: shape and dtype, what autograd knows, then the elements."""
    plain = (
        ("shape", str(list(left.shape)), str(list(right.shape))),
        ("dtype", left.dtype, right.dtype),
        ("grad_fn", str(left.grad_fn), str(right.grad_fn)),
        ("requires_grad", str(left.requires_grad), str(right.requires_grad)),
        ("version", str(left.version), str(right.version)),
    )
    yield from (Aspect(name, what, one, other) for what, one, other in plain if one != other)
    same = left.statistics == right.statistics and left.preview == right.preview
    if not same and left.shape == right.shape:
        yield Aspect(name, "elements", _first(left), _first(right))


def _first(facts: TensorFacts) -> str:
    """Return the first elements, as "0.1234, -2, …"."""
    shown = [
        f"{number:.4g}" if isinstance(number, float | int) else number for number in facts.preview[:QUOTED_ELEMENTS]
    ]
    return ", ".join([*shown, *["…"] * (len(facts.preview) > QUOTED_ELEMENTS)])
