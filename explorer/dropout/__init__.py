"""Repeated calls of one model on one input: how much the outputs vary, and what theory says of it."""

from explorer.dropout.calls import RepeatedCalls
from explorer.dropout.corners import Corner, Corners, FourCorners
from explorer.dropout.errors import StudyError
from explorer.dropout.running import LayerStatistics, RunningStatistics, study_running_statistics
from explorer.dropout.study import DropoutStudy, Progress, study_dropout, study_in_chunks
from explorer.dropout.sweep import Sweep, variance_against_p
from explorer.dropout.theory import ClosedForm, closed_form

__all__ = [
    "ClosedForm",
    "Corner",
    "Corners",
    "DropoutStudy",
    "FourCorners",
    "LayerStatistics",
    "Progress",
    "RepeatedCalls",
    "RunningStatistics",
    "StudyError",
    "Sweep",
    "closed_form",
    "study_dropout",
    "study_in_chunks",
    "study_running_statistics",
    "variance_against_p",
]
