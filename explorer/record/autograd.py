"""What autograd recorded while a model ran, as plain data. It is measured by a call of its own, and no part of an
`Observation`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

AutogradNodeKind = Literal["function", "leaf", "base", "output"]


@dataclass(frozen=True, slots=True)
class AutogradNode:
    """A backward function, or a tensor that the graph begins or ends with."""

    id: str  # "a0", "a1", ... in the order that torchviz finds them, from the output backwards
    kind: AutogradNodeKind
    name: str  # the class of `grad_fn`; a parameter's dotted name, empty for other tensors
    shape: str  # of a tensor, as "[16, 3, 3, 3]"; empty for a function


@dataclass(frozen=True, slots=True)
class AutogradGraph:
    """The graph that a call of `backward()` would walk. No tensor is kept."""

    nodes: tuple[AutogradNode, ...]
    edges: tuple[tuple[str, str], ...]  # ids, from what came earlier in the forward pass to what came later
    functions: tuple[str, ...]  # class names of every `grad_fn` reached, one entry each, from the output backwards
    empty_reason: str | None  # a sentence where autograd recorded nothing, else None
    too_large: str | None = None  # a sentence where there are functions, but too many to draw; `nodes` is then empty


@dataclass(frozen=True, slots=True)
class ModeDifference:
    """The backward functions that only one mode records, counted, by class name."""

    only_training: Mapping[str, int]
    only_eval: Mapping[str, int]
