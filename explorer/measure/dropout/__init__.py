"""Repeat a call of one model on one input: how much the outputs vary, and what theory says of it."""

from explorer.measure.dropout.calls import RepeatedCalls, StudyError
from explorer.measure.dropout.mode_grid import GridCell, ModeGrid, ModeGridStudy
from explorer.measure.dropout.running_statistics import LayerStatistics, RunningStatistics, study_running_statistics
from explorer.measure.dropout.study import DropoutStudy, study_dropout
from explorer.measure.dropout.sweep import AtP, Sweep, variance_against_p, variance_at_p
from explorer.measure.dropout.theory import ClosedForm, closed_form

__all__ = [
    "AtP",
    "ClosedForm",
    "DropoutStudy",
    "GridCell",
    "LayerStatistics",
    "ModeGrid",
    "ModeGridStudy",
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
