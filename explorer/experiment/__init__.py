"""What is asked for: one run, frozen, hashable, checked once, and one-to-one with the page's URL."""

from explorer.catalog.hooks.hook import Hook, HookAction, HookKind
from explorer.experiment.checks import ExperimentError
from explorer.experiment.experiment import Experiment
from explorer.runtime.call_modes import CallStyle, EntryMode, GradMode

__all__ = ["CallStyle", "EntryMode", "Experiment", "ExperimentError", "GradMode", "Hook", "HookAction", "HookKind"]
