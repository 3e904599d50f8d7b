"""What PyTorch really does between the parentheses of `model(x)`, measured."""

from explorer.experiment import Experiment, ExperimentError, Hook
from explorer.measure.dropout import StudyError, study_dropout
from explorer.observe import observe, observe_call
from explorer.record import Observation

__version__ = "0.2.0"

__all__ = [
    "Experiment",
    "ExperimentError",
    "Hook",
    "Observation",
    "StudyError",
    "__version__",
    "observe",
    "observe_call",
    "study_dropout",
]
