"""Give the browser the questions as plain data, with what was found so far."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from explorer.questions import CALLS, QUESTION_GROUPS, AfterCalls, Finding, Pair, Question, Repeated, RepeatedPair
from explorer.ui.pages.questions.payload_types import QuestionPayload, QuestionsPayload
from explorer.ui.shell.page_links import link, link_to_pair
from explorer.ui.shell.pages import DROPOUT


def payload(found: Mapping[Question, Finding]) -> QuestionsPayload:
    """Return the questions in JSON's own types."""
    return {
        "groups": [
            {"name": name, "questions": [_question(question, found.get(question)) for question in questions]}
            for name, questions in QUESTION_GROUPS.items()
        ]
    }


def _question(question: Question, finding: Finding | None) -> QuestionPayload:
    return {
        "number": question.number,
        "found_in": found_in_sentence(question.found_in),
        "believed": question.believed,
        "measured": finding.measured if finding else None,
        "shows": question.shows if finding and finding.refuted else None,
        "links": links(question),
    }


def found_in_sentence(sites: Sequence[str]) -> str:
    """Return where the belief was found, as a sentence."""
    return f"Found in {', '.join(sites)}." if sites else "A common belief; no source is named."


def links(question: Question) -> list[tuple[str, str]]:
    """Return (what it opens, address) for each link, the one that answers the question first."""
    if isinstance(question, Repeated | AfterCalls):
        return [
            ("Repeated calls", link(question.experiment, DROPOUT, calls=str(CALLS))),
            ("One call", link(question.experiment)),
        ]
    if isinstance(question, RepeatedPair):
        return [
            (f"Repeated calls, {each.grad}", link(each, DROPOUT, calls=str(CALLS)))
            for each in (question.experiment, question.other)
        ]
    if not isinstance(question, Pair):
        return [("Open the run", link(question.experiment))]
    pair = ("Compare the two runs", link_to_pair(question.experiment, question.other))
    if question.other == question.experiment:
        return [pair, ("One run", link(question.experiment))]
    return [pair, ("The first run", link(question.experiment)), ("The second run", link(question.other))]
