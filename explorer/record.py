"""The plain record of one run: what `observe` gives and every view reads.

Nothing here holds a tensor or a module, except `Observation.value`, which only `observe_call` fills. The parts of
which a run has thousands are named tuples: making one costs a quarter of a frozen dataclass. Sequences may be `Late`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

from explorer.experiment import Experiment
from explorer.plain import plain

StepKind = Literal["lookup", "call", "statement", "return", "exception"]
ChangeKind = Literal["new", "rebound", "modified in place", "grad mode"]
# What a frame is: torch's `__call__` and what it goes through, a `forward`, a hook, the `backward` of an
# `autograd.Function`, `torch.nn.functional`, or anything else.
Role = Literal["call path", "forward", "hook", "function", "functional", "other"]
NodeKind = Literal["input", "operation", "output"]


BINS = 8  # of a histogram


class Statistics(NamedTuple):
    """Figures over a tensor's elements, in the tensor's own unit."""

    minimum: float | None  # None, as the next two, where an element is infinite or not a number
    maximum: float | None
    mean: float | None
    sampled: int | None  # number of evenly spaced elements used, or None when all elements were
    spaced: tuple[float, ...]  # at most 64 evenly spaced elements

    @property
    def histogram(self) -> tuple[int, ...]:
        """Counts of `spaced` in 8 equal bins from minimum to maximum; a constant tensor has all in the first."""
        if self.minimum is None or self.maximum is None or self.maximum <= self.minimum:
            return (len(self.spaced), *([0] * (BINS - 1))) if self.spaced else ()
        counts = [0] * (BINS + 1)
        for element in self.spaced:
            counts[int((element - self.minimum) * BINS / (self.maximum - self.minimum))] += 1
        counts[BINS - 1] += counts.pop()  # the maximum itself falls just behind the last bin
        return tuple(counts)


class TensorFacts(NamedTuple):
    """What can be said of a tensor without changing it."""

    shape: tuple[int, ...]  # -1 where the parts of a nested tensor differ
    dtype: str  # torch's name without "torch.", as "float32"
    requires_grad: bool
    grad_fn: str | None  # the class name of `grad_fn`, as "AddmmBackward0"
    is_parameter: bool
    version: int | None  # `tensor._version`; None for an inference tensor, which has no counter
    statistics: Statistics | None  # None for a parameter, and where there is nothing to compute (empty, complex, ...)
    preview: tuple[float | str, ...]  # the first elements, at most 6; "nan", "inf" as text


class Summary(NamedTuple):
    """A value in one bounded line, with its tensor facts where it is one, and its items where it holds some."""

    type: str  # the class's name: "Tensor", "Conv2d", "tuple", "int", "NoneType"
    text: str  # at most 120 characters: "float32 [1, 3, 28, 28]", "Conv2d(3, 16, ...)", "5"
    tensor: TensorFacts | None = None
    items: tuple[tuple[str, Summary], ...] = ()  # at most 6 (name or index, value) pairs of a container

    @property
    def only_nones(self) -> bool:
        """Whether it is a tuple that holds None and nothing else; one with more items than are kept is not known."""
        number = len(self.items)
        texts = ("(None,)", f"({', '.join(['None'] * number)})", f"tuple of {number}")
        return number > 0 and self.text in texts and all(item.type == "NoneType" for _, item in self.items)


class Change(NamedTuple):
    """One thing that a step changed in its frame."""

    name: str  # "x", "self.running_mean", "grad mode"
    kind: ChangeKind
    value: Summary


@dataclass(frozen=True, slots=True)
class Frame:
    """One call of a Python function."""

    index: int
    function: str  # qualified name: "Module._call_impl", "CNN.forward"
    file: str  # as the code object gives it
    first_line: int  # of the function's source
    last_line: int
    module: str | None  # dotted path of the module it serves, "" for the outermost, None where there is none
    module_class: str | None
    module_call: int | None  # 1 for the first call of that module in this run
    caller: int | None  # index of the calling frame
    depth: int  # 0 for the first frame
    role: Role


@dataclass(frozen=True, slots=True)
class Step:
    """One statement's execution, or a call, return or exception of a frame."""

    index: int
    kind: StepKind
    frame: int | None  # index into `Trace.frames`; None for the lookup
    line: int  # the statement's first line; for call: the `def` line; for return: the line returned from
    end_line: int  # the statement's last line (of the header, for a compound statement)
    phase: str | None  # of `Module.__call__`, see `callpath.phases.PHASES`; None where unknown
    level: Literal[1, 2, 3]  # shown from this detail on: 1 phases only, 2 the call path, 3 everything
    changes: tuple[Change, ...] = ()
    value: Summary | None = None  # what a return step returned; the exception at an exception step


@dataclass(frozen=True, slots=True)
class Trace:
    """The call path of one run."""

    steps: Sequence[Step]
    frames: Sequence[Frame]
    executed_lines: Mapping[str, frozenset[int]]  # {file: line numbers}, for every file the trace covers
    # Index of the first step of `backward()`, or of the one that would come next where it ran none; None without it.
    # Parts of the call may run again from there on, and their steps have the phases of a call.
    backward_from: int | None = None

    @property
    def end(self) -> int:
        """How many steps the call itself has, without those of `backward()`."""
        return len(self.steps) if self.backward_from is None else self.backward_from


@dataclass(frozen=True, slots=True)
class Lookup:
    """Python's own step before the first frame: where the type provides `__call__`."""

    type: str  # the class of the called object
    searched: tuple[str, ...]  # the classes of its method resolution order, qualified names
    provider: str | None  # the first whose __dict__ has `__call__`; None: nowhere, hence the TypeError
    attribute: str  # "__call__", or "forward" when the experiment calls `model.forward(x)`
    instance_attribute: bool  # True where the instance itself has an attribute of that name (ignored for `__call__`)


class TensorLabel(NamedTuple):
    """A tensor on an edge or at a node's port."""

    shape: tuple[int, ...]
    dtype: str


@dataclass(frozen=True, slots=True)
class Node:
    """An input, an output, or an operation: a builtin that Python called, or an operator."""

    id: str  # "n0", "n1", ... in order of execution
    kind: NodeKind
    operation: str  # "conv2d", "add_"; for the ends "input" or "output"
    module: str  # dotted path of the module it ran in ("" the outermost)
    module_class: str
    call: int | None  # index into `Graph.calls` of the innermost module call it ran in
    inputs: tuple[TensorLabel, ...]
    outputs: tuple[TensorLabel, ...]
    details: tuple[str, ...]  # the dispatched operations, as "aten.addmm.default"
    steps: tuple[int, int]  # first and last index into `Trace.steps` during which it ran
    in_hook: bool = False
    parameters: tuple[tuple[str, TensorLabel], ...] = ()  # those it read, by dotted name; `inputs` has the others
    raised: bool = False  # it gave no result; `steps` then ends with the step of the exception


class Edge(NamedTuple):
    """A tensor that went from one node to another."""

    source: str
    target: str
    tensor: TensorLabel


@dataclass(frozen=True, slots=True)
class ModuleCall:
    """One call of one module; a module used twice has two."""

    index: int
    module: str
    module_class: str
    number: int  # 1 for the module's first call
    parent: int | None  # index of the enclosing module call
    steps: tuple[int, int]
    children: bool  # whether this module has submodules


@dataclass(frozen=True, slots=True)
class Graph:
    """The forward graph of one run."""

    nodes: Sequence[Node]
    edges: Sequence[Edge]
    calls: Sequence[ModuleCall]


@dataclass(frozen=True, slots=True)
class ErrorInfo:
    """An exception that left the call."""

    type: str
    message: str
    file: str | None  # where it was raised: the innermost traced frame; None if Python itself raised it at the call
    line: int | None
    function: str | None
    step: int | None  # index of the step that raised


@dataclass(frozen=True, slots=True)
class Moved:
    """A buffer that is not what it was before the run."""

    name: str  # dotted, as "bn1.running_mean"
    before: Summary
    after: Summary


class Gradient(NamedTuple):
    """A parameter after `backward()`."""

    name: str  # dotted, as "fc1.weight"
    shape: tuple[int, ...]
    norm: float | str | None  # Euclidean norm of its gradient, "nan" and "inf" as text; None where it got none


@dataclass(frozen=True, slots=True)
class Backward:
    """`loss.backward()` after the call, where the loss is the sum of the output's floating-point elements."""

    loss: float | str | None  # None where the call returned nothing to sum
    gradients: tuple[Gradient, ...]  # in the order of `named_parameters`
    reason: str | None  # a sentence where there was nothing to differentiate
    error: ErrorInfo | None  # what `backward()` raised

    @property
    def reached(self) -> int:
        """How many parameters have a gradient."""
        return sum(gradient.norm is not None for gradient in self.gradients)


@dataclass(frozen=True)
class Observation:
    """Everything about one run."""

    experiment: Experiment | None  # None from `observe_call`
    title: str  # the class of what was called
    expression: str  # "model(x)", "model.forward(x)", "model(x=x)"
    lookup: Lookup
    trace: Trace
    graph: Graph
    inputs: Sequence[tuple[str, Summary]]  # (name, value): positional by their index, keyword by their name
    output: Summary | None
    error: ErrorInfo | None
    training: bool | None  # the outermost module's flag during the run
    grad_mode: str  # "enabled", "no_grad" or "inference_mode", as measured just before the call
    moved: Sequence[Moved]  # buffers that the run changed
    notes: Sequence[str]  # sentences on what is worth seeing, each from a measured condition
    backward: Backward | None = None  # None where it was not asked for, and where the call raised
    value: Any = field(default=None, compare=False, repr=False)  # the returned object; `observe_call` only

    @property
    def module_calls(self) -> int:
        """How many modules were called by `Module.__call__`: a `forward` that is called directly is no such call."""
        trace = self.trace
        first = (trace.steps[call.steps[0]].frame for call in self.graph.calls if call.steps[0] < trace.end)
        return sum(frame is not None and trace.frames[frame].role == "call path" for frame in first)

    def to_json(self) -> str:
        """The record as one JSON document; `value` is left out."""
        return json.dumps(plain(self), ensure_ascii=False, allow_nan=False)
