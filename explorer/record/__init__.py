"""The plain record of one run. It keeps no tensor and no module, except in `Observation.value`."""

from explorer.record.callees import Callee, CalleeKind
from explorer.record.graph import Edge, Graph, ModuleCall, Node, NodeKind, ScriptTraining, TensorLabel
from explorer.record.observation import Observation
from explorer.record.outcome import Backward, ChangedBuffer, ErrorInfo, Gradient, RandomSource
from explorer.record.pictures import Picture
from explorer.record.trace import (
    Frame,
    FrameEntry,
    FramePart,
    FrameRole,
    GeneratorKind,
    Lookup,
    Pause,
    SeenException,
    Step,
    StepKind,
    Trace,
)
from explorer.record.unrecorded import Unrecorded, UnrecordedKind
from explorer.record.values import Change, ChangeKind, Statistics, Summary, TensorFacts
from explorer.record.warning import GivenWarning

__all__ = [
    "Backward",
    "Callee",
    "CalleeKind",
    "Change",
    "ChangeKind",
    "ChangedBuffer",
    "Edge",
    "ErrorInfo",
    "Frame",
    "FrameEntry",
    "FramePart",
    "FrameRole",
    "GeneratorKind",
    "GivenWarning",
    "Gradient",
    "Graph",
    "Lookup",
    "ModuleCall",
    "Node",
    "NodeKind",
    "Observation",
    "Pause",
    "Picture",
    "RandomSource",
    "ScriptTraining",
    "SeenException",
    "Statistics",
    "Step",
    "StepKind",
    "Summary",
    "TensorFacts",
    "TensorLabel",
    "Trace",
    "Unrecorded",
    "UnrecordedKind",
]
