"""At which steps of a frame a name is mentioned, found in the same time however long the frame runs."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence

from explorer.record import Step
from explorer.torch_source.statements import Statement

READS_NAMES = frozenset({"locals", "vars", "eval", "exec", "dir", "globals"})  # functions that see a frame's variables


class Mentions:
    """The steps of one frame, by the names that their statements mention."""

    def __init__(self, steps: Sequence[Step], statements: Mapping[int, Statement]) -> None:
        """steps: those of the frame. statements: those of its file, by line."""
        self.statements = statements
        self._steps = {step.index: step for step in steps}
        self._of_name: dict[str, list[int]] = {}  # name → indices of the steps that mention it, `del` and returns apart
        self._unclear: list[int] = []  # indices of the steps after which the text alone does not tell what is read
        for step in steps:
            statement = statements.get(step.line)
            if step.kind == "exception" or statement is None or statement.mentions & READS_NAMES:
                self._unclear.append(step.index)
            elif statement.kind != "del" and step.kind != "return":
                for name in statement.mentions:
                    self._of_name.setdefault(name, []).append(step.index)

    def first_after(self, names: Iterable[str], step: Step) -> Step | None:
        """Return the first step after another that mentions one of the names; None where none does."""
        found = [_first_above(self._of_name.get(name, ()), step.index) for name in names]
        first = min((index for index in found if index is not None), default=None)
        return None if first is None else self._steps[first]

    def is_unclear(self, after: Step, until: Step | None) -> bool:
        """Return whether, between two steps of the frame, the text alone does not tell what is read.

        until: None for the frame's end.
        """
        first = _first_above(self._unclear, after.index)
        return first is not None and (until is None or first <= until.index)


def _first_above(indices: Sequence[int], index: int) -> int | None:
    place = bisect_right(indices, index)
    return indices[place] if place < len(indices) else None
