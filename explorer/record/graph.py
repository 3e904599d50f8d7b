"""The operations that ran, the tensors that went from one to another, and the module calls that they ran in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

ScriptTraining = Literal["constant", "flag", "both", "neither"]
NodeKind = Literal["input", "operation", "output"]


class TensorLabel(NamedTuple):
    """A tensor on an edge or at a node's port."""

    shape: tuple[int, ...]  # its sizes
    dtype: str  # torch's name without "torch."


@dataclass(frozen=True, slots=True)
class Node:
    """An input, an output, or an operation: what Python called, a builtin, an operator or a script."""

    id: str  # "n0", "n1", ... in order of execution
    kind: NodeKind  # input, operation or output
    operation: str  # "conv2d", "add_"; for the ends "input" or "output"
    module: str  # dotted path of the module it ran in ("" the outermost)
    module_class: str  # the class of that module
    call: int | None  # index into `Graph.calls` of the innermost module call it ran in
    inputs: tuple[TensorLabel, ...]  # the tensors that it was given; what it made for itself stays inside
    outputs: tuple[TensorLabel, ...]  # the tensors that it gave; none where it raised
    details: tuple[str, ...]  # the dispatched operations, as "aten.addmm.default"
    steps: tuple[int, int]  # first and last index into `Trace.steps` during which it ran
    in_hook: bool = False  # whether a hook ran it
    parameters: tuple[tuple[str, TensorLabel], ...] = ()  # those it read, by dotted name; `inputs` has the others
    raised: bool = False  # it gave no result; `steps` then ends with the step of the exception
    drew: bool = False  # it drew at random: a generator of torch's was not the same before and after it
    in_place: bool = False  # it wrote into a tensor that it was given, as `add_` does; buffers that it keeps apart
    inside: Graph | None = None  # of a script: its operations, which Python did not call one by one
    script: ScriptTraining | None = None  # what a script passes for `training` to operations that may draw
    training: bool | None = None  # the script's own flag when it was called; None where it has none


class Edge(NamedTuple):
    """A tensor that went from one node to another."""

    source: str  # id of the node that made the tensor
    target: str  # id of the node that took it
    tensor: TensorLabel  # its shape and dtype


@dataclass(frozen=True, slots=True)
class ModuleCall:
    """One call of one module; a module used twice has two."""

    index: int  # its place in `Graph.calls`
    module: str  # dotted path, "" for the outermost, and for one that is not registered
    module_class: str  # its class
    number: int  # 1 for the module's first call
    parent: int | None  # index of the enclosing module call
    steps: tuple[int, int]  # first and last index into `Trace.steps`
    children: bool  # whether this module has submodules
    training: bool | None = None  # its own flag when the call began; None where it has none
    # Where it is a script, what its operations that may draw are passed for `training`: a constant True, the script's
    # own flag, both of them, or neither; None where it is no script.
    script: ScriptTraining | None = None
    # Whether it is what was called, or a submodule of that: before that call, when this one began, or at the end.
    registered: bool = True


@dataclass(frozen=True, slots=True)
class Graph:
    """The forward graph of one run."""

    nodes: Sequence[Node]  # in order of execution
    edges: Sequence[Edge]  # in the order in which their targets took them
    calls: Sequence[ModuleCall]  # in the order in which they began
