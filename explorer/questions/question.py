"""What a question is: what was believed, the run that settles it, and how what was measured is read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from explorer.experiment import Experiment
from explorer.measure.dropout import DropoutStudy, study_dropout
from explorer.measure.training_flags import TrainingFlags, training_flags
from explorer.observe import observe
from explorer.record import Observation

CALLS = 10  # of one model on one input, where the question is about repeated calls


@dataclass(frozen=True, slots=True)
class Finding:
    """What came out of a run."""

    refuted: bool  # whether the belief does not stand beside what was measured
    measured: str  # one sentence with this run's facts


@dataclass(frozen=True, slots=True)
class Question:
    """A belief, and the run or the pair of runs that puts it to the test."""

    number: int
    found_in: tuple[str, ...]  # as "owner/repo#number", or in a few words; () where no source is named
    believed: str
    shows: str  # what is so instead; true only where the finding refutes the belief
    experiment: Experiment

    def find(self) -> Finding:
        """Run the experiments anew and return what was measured."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class One(Question):
    """One run."""

    judge: Callable[[Observation], Finding]

    def find(self) -> Finding:
        return self.judge(observe(self.experiment))


@dataclass(frozen=True, slots=True)
class Pair(Question):
    """Two runs side by side."""

    other: Experiment
    judge: Callable[[Observation, Observation], Finding]

    def find(self) -> Finding:
        return self.judge(observe(self.experiment), observe(self.other))


@dataclass(frozen=True, slots=True)
class RepeatedPair(Question):
    """Two models, each called again and again on one input."""

    other: Experiment
    judge: Callable[[DropoutStudy, DropoutStudy], Finding]

    def find(self) -> Finding:
        return self.judge(*(study_dropout(each, CALLS) for each in (self.experiment, self.other)))


@dataclass(frozen=True, slots=True)
class AfterCalls(Question):
    """One model called again and again, and its mode after each call."""

    judge: Callable[[TrainingFlags], Finding]

    def find(self) -> Finding:
        return self.judge(training_flags(self.experiment, CALLS))


@dataclass(frozen=True, slots=True)
class Repeated(Question):
    """One model called again and again on one input."""

    judge: Callable[[DropoutStudy], Finding]

    def find(self) -> Finding:
        return self.judge(study_dropout(self.experiment, CALLS))
