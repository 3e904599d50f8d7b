"""A sequence whose items are made when the first of them is read.

While a call runs, what is measured is kept in the form that is quickest to write. The objects of the record are made
from that later, once, and only if they are read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Generic, TypeVar, overload

from explorer.runtime.garbage import without_collections

Item = TypeVar("Item")


class LazySequence(Sequence[Item], Generic[Item]):
    """A sequence that behaves as the tuple which `make` returns. `make` is called when the sequence is first read."""

    __slots__ = ("_items", "_make")

    def __init__(self, make: Callable[[], tuple[Item, ...]]) -> None:
        self._make: Callable[[], tuple[Item, ...]] | None = make
        self._items: tuple[Item, ...] | None = None

    def items(self) -> tuple[Item, ...]:
        """Return the tuple itself. Two threads that read it at once may both make it; they make equal ones."""
        made = self._items
        if made is None:
            make = self._make
            with without_collections():
                made = self._items if make is None else make()
            assert made is not None
            self._items, self._make = made, None  # in this order: another thread reads `_items` first
        return made

    @overload
    def __getitem__(self, index: int) -> Item: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[Item]: ...

    def __getitem__(self, index: int | slice) -> Item | Sequence[Item]:
        return self.items()[index]

    def __len__(self) -> int:
        return len(self.items())

    def __iter__(self) -> Iterator[Item]:
        return iter(self.items())

    def __eq__(self, other: object) -> bool:
        if isinstance(other, LazySequence):
            return bool(self.items() == other.items())
        return self.items() == other

    def __hash__(self) -> int:
        return hash(self.items())

    def __repr__(self) -> str:
        return repr(self.items())

    def __reduce__(self) -> tuple[Any, ...]:
        return tuple, (self.items(),)
