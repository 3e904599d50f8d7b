"""Repeated calls of one model on one input: how much the outputs vary, and what theory says of it."""

from explorer.dropout.calls import RepeatedCalls
from explorer.dropout.corners import Corner, Corners, FourCorners
from explorer.dropout.errors import StudyError
from explorer.dropout.running import LayerStatistics, RunningStatistics, study_running_statistics
from explorer.dropout.study import DropoutStudy, study_dropout
from explorer.dropout.sweep import AtP, Sweep, variance_against_p, variance_at_p
from explorer.dropout.theory import ClosedForm, closed_form

__all__ = [
    "AtP",
    "ClosedForm",
    "Corner",
    "Corners",
    "DropoutStudy",
    "FourCorners",
    "LayerStatistics",
    "RepeatedCalls",
    "RunningStatistics",
    "StudyError",
    "Sweep",
    "closed_form",
    "study_dropout",
    "study_running_statistics",
    "variance_against_p",
    "variance_at_p",
]
