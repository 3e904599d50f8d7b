"""The shape of the questions; `explorer/ui/web/questions/payload.js` says the same as JSDoc types."""

from __future__ import annotations

from typing import TypedDict


class QuestionPayload(TypedDict):
    """A belief, and what was measured."""

    number: int
    found_in: str  # a sentence: where the belief was found
    believed: str
    measured: str | None  # None before its run is over
    shows: str | None  # what follows, where the measurement refutes the belief
    links: list[tuple[str, str]]  # what a link opens, and its address; the one that decides the question first


class QuestionGroup(TypedDict):
    """Questions on one subject."""

    name: str
    questions: list[QuestionPayload]


class QuestionsPayload(TypedDict):
    """All questions, with what was found so far."""

    groups: list[QuestionGroup]
