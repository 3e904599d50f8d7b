"""The tensors among a frame's names, where these are many: which names stand for one is found without a look at all."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from explorer.capture.values.snapshot import TensorSnapshot

MANY_TENSORS = 16  # up to so many are looked at one by one


class ManyTensors(dict[str, TensorSnapshot]):
    """Name → what the tensor was. Only `[]`, `pop` and `copy` may change it."""

    __slots__ = ("_names", "seen")

    def __init__(self, tensors: Mapping[str, TensorSnapshot], seen: int) -> None:
        """seen: how many snapshots had become stale when all of these were compared."""
        super().__init__()
        self.seen = seen
        self._names: dict[int, dict[str, None]] = {}  # id of a snapshot → the names that stand for it
        for name, snapshot in tensors.items():
            self[name] = snapshot

    def __setitem__(self, name: str, snapshot: TensorSnapshot) -> None:
        self._forget(name)
        super().__setitem__(name, snapshot)
        self._names.setdefault(id(snapshot), {})[name] = None

    def pop(self, name: str, default: TensorSnapshot | None = None) -> TensorSnapshot | None:  # type: ignore[override]
        """Remove a name, and return what its tensor was."""
        self._forget(name)
        return super().pop(name, default)

    def stale_since(self, stale: list[TensorSnapshot]) -> Iterator[str]:
        """Yield the names of those that became stale since the last time. stale: all that ever did, in order."""
        seen, self.seen = self.seen, len(stale)
        yield from self._names_of(stale[seen:])

    def _names_of(self, snapshots: Iterable[TensorSnapshot]) -> list[str]:
        return list(dict.fromkeys(name for each in snapshots for name in self._names.get(id(each), ())))

    def _forget(self, name: str) -> None:
        known = self.get(name)
        if known is not None:
            names = self._names[id(known)]
            del names[name]
            if not names:
                del self._names[id(known)]
