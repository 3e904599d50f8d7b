"""Read what autograd recorded while a model ran: torchviz's graph of the output; where it is empty, the reason.

Backward functions are named by the class of `grad_fn`; an arrow points the way the forward pass went.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Literal

import torchviz
from torch import Tensor, nn

from explorer.experiment import Experiment, GradMode
from explorer.experiment.prepare import prepare
from explorer.runtime.isolation import current_grad_mode, grad_mode, isolated
from explorer.wording import with_article

NodeKind = Literal["function", "leaf", "base", "output"]

# torchviz recurses once for each function of a chain, and Graphviz takes seconds for a graph that large.
DRAWN_AT_MOST = 400

_KINDS: Mapping[str, NodeKind] = MappingProxyType(
    {"lightblue": "leaf", "darkolivegreen1": "output", "darkolivegreen3": "base"}
)
# An entry of torchviz's body is one node or one edge; nodes are named by memory address.
_EDGE = re.compile(r"\s*(\d+) -> (\d+)")
_NODE = re.compile(r'\s*(\d+) \[label=(?:"((?:[^"\\]|\\.)*)"|([^\s\]]+))(?: .*?fillcolor=(\w+))?', re.DOTALL)


@dataclass(frozen=True, slots=True)
class AutogradNode:
    """A backward function, or a tensor that the graph begins or ends with."""

    id: str  # "a0", "a1", ... in the order that torchviz finds them, from the output backwards
    kind: NodeKind
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


def record_autograd(
    output: Any,
    named_parameters: Iterable[tuple[str, Tensor]],
    *,
    mode: GradMode | None = None,
    error: BaseException | None = None,
) -> AutogradGraph:
    """Return the autograd graph behind what a call returned.

    output: a tensor, or a tuple, list or dict that holds some.
    named_parameters: what to name the leaves by, as `model.named_parameters()` gives it.
    mode: the grad mode that the call ran under; None is the caller's own.
    error: what the call raised, if it did.
    """
    tensors = list(_tensors(output))
    named = dict(named_parameters)
    recorded = [tensor for tensor in tensors if tensor.grad_fn is not None]
    if error is not None or not recorded:
        reason = _why_empty(output, tensors, named, mode or current_grad_mode(), error)
        return AutogradGraph((), (), (), reason)
    functions = tuple(type(function).__name__ for function in walk(recorded))
    if len(functions) > DRAWN_AT_MOST:
        sentence = f"Autograd recorded {len(functions):,} functions: too many to draw, so they are counted below."
        return AutogradGraph((), (), functions, None, sentence)
    body = torchviz.make_dot(tuple(recorded), params=named).body
    nodes, edges = _parsed(body)
    return AutogradGraph(nodes, edges, functions, None)


def walk(outputs: Iterable[Tensor]) -> Iterator[Any]:
    """Yield every backward function that the outputs reach, each once, nearest first."""
    waiting = [tensor.grad_fn for tensor in outputs if tensor.grad_fn is not None]
    seen = set(waiting)
    for function in waiting:  # grows while it is walked
        yield function
        for following, _ in function.next_functions:
            if following is not None and following not in seen:
                seen.add(following)
                waiting.append(following)


def observe_autograd(experiment: Experiment) -> AutogradGraph:
    """Run the experiment as `observe` does, without a trace, and return the autograd graph of its output.

    Equal experiments give equal graphs. The process's torch state is restored. Where the call raises, the graph is
    empty and the exception is its reason.
    """
    value, error = None, None
    with isolated(seed=experiment.seed):
        prepared = prepare(experiment)
        model = prepared.model
        with grad_mode(experiment.grad), prepared.in_entry_mode():
            try:
                value = prepared.function(*prepared.args)
            except Exception as raised:
                error = raised
        named = model.named_parameters() if isinstance(model, nn.Module) else ()
        return record_autograd(value, named, mode=experiment.grad, error=error)


def difference_between(training: AutogradGraph, evaluation: AutogradGraph) -> ModeDifference:
    """Return how many functions of each class only one of the two graphs has."""
    counts = Counter(training.functions), Counter(evaluation.functions)
    return ModeDifference(dict(counts[0] - counts[1]), dict(counts[1] - counts[0]))


def _tensors(value: Any) -> Iterator[Tensor]:
    """Yield the tensors in a value, in order; a container that contains itself is entered once."""
    waiting, entered = [value], set()
    while waiting:
        item = waiting.pop(0)
        if isinstance(item, Tensor):
            yield item
        elif isinstance(item, (tuple, list, Mapping)) and id(item) not in entered:
            entered.add(id(item))
            waiting[:0] = item.values() if isinstance(item, Mapping) else item


def _why_empty(
    output: Any, tensors: list[Tensor], named: Mapping[str, Tensor], mode: GradMode, error: BaseException | None
) -> str:
    """Say in a sentence why autograd recorded nothing behind this output."""
    if error is not None:
        return f"The call raised {type(error).__name__}, so there is no output to walk back from."
    if not tensors:
        return f"The call returned no tensor but {with_article(type(output).__name__)}: autograd follows tensors only."
    if any(tensor.is_inference() for tensor in tensors):
        return (
            "The call ran under `inference_mode`: its tensors can never take part in autograd, so nothing was recorded."
        )
    if mode == "no_grad":
        return "The call ran under `no_grad`: autograd recorded nothing, and the output's `grad_fn` is `None`."
    if any(tensor.requires_grad for tensor in tensors):
        return "The output is a leaf that requires grad: no operation made it, so there is nothing before it."
    if not any(tensor.requires_grad for tensor in named.values()):
        return "Nothing that went into this call requires grad, no input and no parameter: there is nothing to record."
    return (
        "Parameters require grad, but autograd recorded no operation between them and the output: "
        "what ran has no derivative, or ran without gradients."
    )


def _parsed(body: Iterable[str]) -> tuple[tuple[AutogradNode, ...], tuple[tuple[str, str], ...]]:
    """Return torchviz's nodes and edges, with ids that do not change from run to run."""
    nodes: dict[str, AutogradNode] = {}
    edges: list[tuple[str, str]] = []
    for line in body:
        if edge := _EDGE.match(line):
            edges.append((edge[1], edge[2]))
        elif node := _NODE.match(line):
            address, quoted, plain, colour = node.groups()
            kind = _KINDS.get(colour or "", "function")
            name, _, shape = (quoted.replace('\\"', '"') if quoted is not None else plain).partition("\n")
            nodes.setdefault(address, AutogradNode(f"a{len(nodes)}", kind, name.strip(), _as_shape(shape)))
    ids = {address: node.id for address, node in nodes.items()}
    return tuple(nodes.values()), tuple((ids[earlier], ids[later]) for earlier, later in edges)


def _as_shape(text: str) -> str:
    """Return torchviz's " (16, 3)" as "[16, 3]"."""
    return text.strip().replace("(", "[").replace(")", "]")
