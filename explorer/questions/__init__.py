"""What people believe of a call, each belief put to the test by a run."""

from collections.abc import Mapping
from types import MappingProxyType

from explorer.questions.call_or_forward import CALL_OR_FORWARD
from explorer.questions.callables import CALLABLES
from explorer.questions.hooks import HOOKS
from explorer.questions.modes import MODES
from explorer.questions.question import CALLS, AfterCalls, Finding, One, Pair, Question, Repeated, RepeatedPair

QUESTION_GROUPS: Mapping[str, tuple[Question, ...]] = MappingProxyType(
    {
        "model(x) or model.forward(x)": CALL_OR_FORWARD,
        "Hooks": HOOKS,
        "Train, eval, gradients": MODES,
        "What can be called": CALLABLES,
    }
)
QUESTIONS: tuple[Question, ...] = tuple(question for questions in QUESTION_GROUPS.values() for question in questions)

__all__ = [
    "CALLS",
    "QUESTIONS",
    "QUESTION_GROUPS",
    "AfterCalls",
    "Finding",
    "One",
    "Pair",
    "Question",
    "Repeated",
    "RepeatedPair",
]
