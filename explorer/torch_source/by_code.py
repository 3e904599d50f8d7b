"""What was worked out of code objects, kept for as long as these live."""

from __future__ import annotations

from collections.abc import Callable
from types import CodeType
from typing import Generic, TypeVar
from weakref import ref

Found = TypeVar("Found")


class ByCode(Generic[Found]):
    """Answers of one kind, each worked out once for a code object.

    Code is known by its id, for that of two files may be equal; and by a weak reference, so that what a compiler made
    for one run does not stay because of this.
    """

    def __init__(self, work_out: Callable[[CodeType], Found], most: int = 1 << 14) -> None:
        """work_out: makes an answer, which must not lead to the code. most: answers that are kept."""
        self._work_out, self._most = work_out, most
        self._answers: dict[int, tuple[ref[CodeType], Found]] = {}

    def __call__(self, code: CodeType) -> Found:
        """Return the answer for a code object."""
        known = self._answers.get(id(code))
        if known is not None:
            return known[1]
        identity, answers, found = id(code), self._answers, self._work_out(code)
        while len(answers) >= self._most:
            answers.pop(next(iter(answers)), None)
        answers[identity] = ref(code, lambda _: answers.pop(identity, None)), found
        return found

    def forget(self, code: CodeType) -> None:
        """Have the answer for a code object worked out anew when it is asked for again."""
        self._answers.pop(id(code), None)
