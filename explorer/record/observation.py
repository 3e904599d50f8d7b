"""Everything about one run, as `observe` gives it and every view reads it.

The parts of which a run has thousands are named tuples: making one costs a quarter of a frozen dataclass. Sequences
may be `LazySequence`s.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from explorer.experiment import Experiment
from explorer.record.graph import Graph
from explorer.record.json_values import escape_surrogates, plain
from explorer.record.outcome import Backward, ChangedBuffer, ErrorInfo, RandomSource
from explorer.record.trace import Lookup, Trace
from explorer.record.unrecorded import Unrecorded
from explorer.record.values import Summary
from explorer.record.warning import GivenWarning
from explorer.runtime.call_modes import GradMode


@dataclass(frozen=True)
class Observation:
    """Everything about one run."""

    experiment: Experiment | None  # None from `observe_call`
    title: str  # the class of what was called
    expression: str  # "model(x)", "model.forward(x)", "model(x=x)"
    lookup: Lookup  # where Python found what is called
    trace: Trace  # the statements that ran
    graph: Graph  # the operations that ran
    inputs: Sequence[tuple[str, Summary]]  # (name, value): positional by their index, keyword by their name
    output: Summary | None  # what the call returned; None where it raised
    error: ErrorInfo | None  # what the call raised; None where it returned
    training: bool | None  # the outermost module's flag during the run
    grad_mode: GradMode  # "enabled", "no_grad" or "inference_mode", as measured just before the call
    changed_buffers: Sequence[ChangedBuffer]  # buffers that the run changed
    notes: Sequence[str]  # sentences on what is worth seeing, each from a measured condition
    warnings: Sequence[GivenWarning] = ()  # that the call and `backward()` gave, in order
    unrecorded: Sequence[Unrecorded] = ()  # what ran and is not among the steps, as far as that is known
    backward: Backward | None = None  # None where it was not asked for, and where the call raised
    drawn_from: Sequence[RandomSource] = ()  # whose state the call moved: "torch", "random", "numpy"
    value: Any = field(default=None, compare=False, repr=False)  # the returned object; `observe_call` only

    @property
    def module_calls(self) -> int:
        """How many modules were called by `Module.__call__`: a `forward` that is called directly is no such call."""
        trace = self.trace
        first = (trace.steps[call.steps[0]].frame for call in self.graph.calls if call.steps[0] < trace.end)
        return sum(frame is not None and trace.frames[frame].role == "call path" for frame in first)

    def to_json(self) -> str:
        """Return the record as one JSON document; `value` is left out."""
        return escape_surrogates(json.dumps(plain(self), ensure_ascii=False, allow_nan=False))
