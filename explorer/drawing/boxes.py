"""What is drawn of a forward graph: boxes, and the edges between them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

from explorer.record import ModuleCall, Node, TensorLabel

Depth = Literal["operations", "leaf", "top"]
BoxKind = Literal["input", "operation", "module", "group", "output"]
TIMES_SIGN = "\u00d7"  # the multiplication sign, before how often something came
FoldedCalls = Mapping[int, tuple[int, ...]]


def _none_folded() -> FoldedCalls:
    return MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Box:
    """What is drawn as one: an end of the graph, one operation, or one call of a module with all it ran.

    Of a large graph one box may stand for several: for what comes again and again, or for a part of the run.
    """

    id: str  # the node's own id, or "call3" for `Graph.calls[3]`; unique in the graph and stable
    kind: BoxKind
    name: str  # the operation ("conv2d"), or the module's class ("Conv2d")
    module: str  # dotted path of the module that it ran in, or that it is
    module_class: str
    number: int | None  # which call of the module this is; None where there is only one call of it
    call: int | None  # index into `Graph.calls` of the call that encloses it
    inputs: tuple[TensorLabel, ...]
    outputs: tuple[TensorLabel, ...]
    steps: tuple[tuple[int, int], ...]  # ranges of step indices during which it ran, both ends included
    nodes: tuple[Node, ...]  # what it stands for, in order of execution
    in_hook: bool = False
    in_place: bool = False
    raised: bool = False
    times: int = 1  # how often it came: how many boxes of the whole graph it stands for
    last_module: str = ""  # where it stands for several: the module of the last of them
    last_outputs: tuple[TensorLabel, ...] = ()  # the same: what the last of them gave


@dataclass(frozen=True, slots=True)
class BoxEdge:
    """The tensors that went from one box to another; between two collapsed boxes each label appears once."""

    source: str
    target: str
    tensors: tuple[TensorLabel, ...]
    onward: bool = False  # whether it goes to a later repetition of what is drawn once


@dataclass(frozen=True, slots=True)
class Collapsed:
    """A forward graph at one depth."""

    boxes: tuple[Box, ...]  # in order of execution
    edges: tuple[BoxEdge, ...]
    silent: tuple[ModuleCall, ...]  # calls that ran no operation: of leaf modules, or those that would be a box
    # Index of a call that is drawn once → all the calls that its drawing stands for, in their order.
    folded_calls: FoldedCalls = field(default_factory=_none_folded, hash=False)
    depth: Depth = "operations"  # at which it is drawn: a graph may be too large for the one that was asked for
    whole_size: tuple[int, int] | None = None  # boxes and edges at the depth asked for, where fewer are drawn
