"""A graph that is too large to draw is folded: what is drawn is bounded, and still says what ran."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from functools import cache
from random import Random

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from explorer import Experiment, observe, observe_call
from explorer.catalog import ENTRIES
from explorer.drawing.bounded_graph import SIZES, Size, bounded, fits, points
from explorer.drawing.boxes import Collapsed, Depth
from explorer.drawing.collapsed_graph import collapse
from explorer.drawing.folded_graph import disjoint, fold_repetition
from explorer.drawing.forward_graph import draw
from explorer.record import Edge, Graph, ModuleCall, Node, TensorLabel

DEPTHS: tuple[Depth, ...] = ("operations", "leaf", "top")
LABELS = (TensorLabel((1, 4), "float32"), TensorLabel((2, 4), "float32"))


class Loop(nn.Module):
    """A recurrent cell, again and again."""

    def __init__(self, steps: int) -> None:
        super().__init__()
        self.cell, self.steps = nn.LSTMCell(4, 8), steps

    def forward(self, x: Tensor) -> Tensor:
        h, c = torch.zeros(1, 8), torch.zeros(1, 8)
        for _ in range(self.steps):
            h, c = self.cell(x, (h, c))
        return h


class Growing(nn.Module):
    """Each turn gives a longer tensor, so no two are of one shape."""

    def forward(self, x: Tensor) -> Tensor:
        kept = x
        for _ in range(120):
            kept = torch.cat([kept, torch.relu(x)])
        return kept


class AtRandom(nn.Module):
    """Nothing repeats, and there is no submodule to fold by."""

    def forward(self, x: Tensor) -> Tensor:
        random, made = Random(0), [x]
        for _ in range(600):
            operation = random.choice([torch.add, torch.mul, torch.maximum, torch.sub])
            made.append(operation(random.choice(made), made[-1]))
        return made[-1]


class Nested(nn.Module):
    """Modules in modules."""

    def __init__(self, depth: int) -> None:
        super().__init__()
        self.inner: nn.Module = Nested(depth - 1) if depth else nn.Linear(4, 4)

    def forward(self, x: Tensor) -> Tensor:
        return torch.relu(self.inner(x))


MODELS: dict[str, Callable[[], nn.Module]] = {
    "loop": lambda: Loop(150),
    "stack": lambda: nn.Sequential(*(nn.Linear(4, 4) for _ in range(200))),
    "two kinds in turn": lambda: nn.Sequential(*(layer for _ in range(90) for layer in (nn.Linear(4, 4), nn.ReLU()))),
    "encoder": lambda: nn.TransformerEncoder(nn.TransformerEncoderLayer(4, 2, 8), 8, enable_nested_tensor=False),
    "growing": Growing,
    "at random": AtRandom,
    "nested": lambda: Nested(70),
}


@cache
def graph_of(name: str) -> Graph:
    torch.manual_seed(0)
    return observe_call(MODELS[name](), torch.randn(1, 4)).graph


def holds(graph: Graph, seen: Collapsed) -> None:
    """Assert that each node is in one box, and each edge between two boxes is drawn, and no other."""
    box_of = {node.id: box.id for box in seen.boxes for node in box.nodes}
    assert Counter(node.id for box in seen.boxes for node in box.nodes) == Counter(node.id for node in graph.nodes)
    drawn = {(edge.source, edge.target, tensor) for edge in seen.edges for tensor in edge.tensors}
    true = {(box_of[edge.source], box_of[edge.target], edge.tensor) for edge in graph.edges}
    assert {each for each in true if each[0] != each[1]} <= drawn <= true
    place = {box.id: index for index, box in enumerate(seen.boxes)}
    for edge in seen.edges:
        assert edge.onward or place[edge.source] < place[edge.target], "only a later repetition lies further up"
    for box in seen.boxes:
        assert list(box.steps) == list(disjoint(box.steps))
        for node in box.nodes:
            inside = [first <= node.steps[0] and node.steps[1] <= last for first, last in box.steps]
            assert any(inside) or box.kind == "module"


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("depth", DEPTHS)
@pytest.mark.parametrize("size", SIZES)
def test_what_is_drawn_is_bounded_and_true(name: str, depth: Depth, size: Size) -> None:
    graph = graph_of(name)
    seen = bounded(graph, depth, size)
    assert fits(graph, seen, size)
    assert points(seen) <= size.points
    holds(graph, seen)
    whole = collapse(graph, depth)
    if seen.whole_size is None:
        assert seen == whole
    else:
        assert seen.whole_size == (len(whole.boxes), len(whole.edges))
        assert not fits(graph, whole, size)


@pytest.mark.parametrize(
    ("name", "box"),
    [
        ("loop", ("lstm_cell", 149)),
        ("stack", ("linear", 200)),
        ("two kinds in turn", ("relu", 90)),
        ("growing", ("cat", 120)),
    ],
)
def test_what_repeats_is_drawn_once_with_how_often(name: str, box: tuple[str, int]) -> None:
    drawn = [(each.name, each.times) for each in bounded(graph_of(name), "operations").boxes]
    assert box in drawn
    drawing = draw(graph_of(name))
    assert f"{box[0]} × {box[1]}" in drawing.dot  # noqa: RUF001
    assert "too large to draw whole" in drawing.folded
    assert "how often it came" in drawing.folded


def test_layers_that_are_alike_share_a_frame_that_names_the_first_and_the_last() -> None:
    seen = bounded(graph_of("encoder"), "operations")
    calls = seen.folded_calls[1]
    assert len(calls) == 8
    drawing = draw(graph_of("encoder"))
    assert "layers.0 … layers.7 · TransformerEncoderLayer × 8" in drawing.dot  # noqa: RUF001
    spans = drawing.module_spans["graph-in1"]
    assert [graph_of("encoder").calls[call].steps for call in calls] == list(spans)


def test_a_folded_box_runs_when_any_of_its_operations_does() -> None:
    graph = graph_of("loop")
    cells = [node.steps for node in graph.nodes if node.operation == "lstm_cell"]
    drawing = draw(graph)
    spans = [span for ranges in drawing.spans.values() for span in ranges]
    assert set(cells) <= set(spans)


def test_a_link_to_the_next_turn_is_dashed_and_one_within_a_turn_is_not() -> None:
    seen = fold_repetition(graph_of("growing"), collapse(graph_of("growing"), "operations"), any_shape=True)
    names = {box.id: box.name for box in seen.boxes}
    links = {(names[edge.source], names[edge.target], edge.onward) for edge in seen.edges}
    assert ("relu", "cat", False) in links
    assert ("cat", "cat", True) in links
    assert ("relu", "cat", True) not in links


def test_a_small_graph_is_drawn_as_it_is() -> None:
    graph = observe_call(Loop(5), torch.randn(1, 4)).graph
    assert bounded(graph, "operations") == collapse(graph, "operations")
    assert draw(graph).folded == ""


@pytest.mark.parametrize("key", ENTRIES)
def test_no_graph_of_the_catalogue_is_folded(key: str) -> None:
    for training in (True, False):
        assert draw(observe(Experiment(model=key, training=training)).graph).folded == ""


def test_the_whole_can_still_be_had() -> None:
    whole = draw(graph_of("stack"), size=None)
    assert whole.dot.count(" -> ") == 201
    assert whole.folded == ""


def test_dot_of_the_whole_grows_as_the_graph_does() -> None:
    sizes = [len(draw(observe_call(Loop(steps), torch.randn(1, 4)).graph, size=None).dot) for steps in (100, 200, 400)]
    assert sizes[1] / sizes[0] <= 2.1
    assert sizes[2] / sizes[1] <= 2.1


def test_modules_nested_deeper_than_python_recurses_are_written_out() -> None:
    depth = 3000
    calls = [ModuleCall(n, "m" * (n > 0), "M", 1, n - 1 if n else None, (n, 2 * depth - n), True) for n in range(depth)]
    nodes = [Node(f"n{n}", "operation", "f", "m", "M", n, (), LABELS[:1], (), (n, n)) for n in range(depth)]
    edges = [Edge(f"n{n}", f"n{n + 1}", LABELS[0]) for n in range(depth - 1)]
    graph = Graph(nodes, edges, calls)
    whole = draw(graph, size=None).dot
    assert whole.count("{") == whole.count("}") == depth - 1 + 1  # the innermost holds one box, which names it
    assert fits(graph, bounded(graph, "operations"), SIZES[0])


@st.composite
def graphs(draw: Callable[..., int]) -> Graph:
    """Blocks that may repeat, in modules nested at will, edges forwards only."""
    calls = [ModuleCall(0, "", "Net", 1, None, (0, 9999), True)]
    nodes: list[Node] = []

    def block(parent: int, depth: int, look: Sequence[int]) -> None:
        for kind in look:
            if kind >= 4 and depth:
                calls.append(ModuleCall(len(calls), f"m{len(calls)}", f"M{kind}", 1, parent, (len(nodes), 9999), False))
                block(calls[-1].index, depth - 1, look[: kind - 2])
            else:
                label = LABELS[kind % 2]
                step = len(nodes)
                nodes.append(Node(f"n{step}", "operation", f"f{kind}", "", "", parent, (), (label,), (), (step, step)))

    for _ in range(draw(st.integers(1, 3))):
        look = draw(st.lists(st.integers(0, 6), min_size=1, max_size=5))
        for _ in range(draw(st.integers(1, 12))):
            block(0, 2, look)
    near = [(max(0, n - draw(st.integers(1, 6))), n) for n in range(1, len(nodes))]
    edges = [Edge(f"n{s}", f"n{t}", nodes[s].outputs[0]) for s, t in near]
    return Graph(tuple(nodes), tuple(edges), tuple(calls))


@settings(max_examples=60, deadline=None)
@given(graphs(), st.sampled_from(DEPTHS), st.booleans(), st.sampled_from([Size(12, 30), Size(5, 12), *SIZES]))
def test_folding_loses_nothing_and_invents_nothing(graph: Graph, depth: Depth, any_shape: bool, size: Size) -> None:
    folded = fold_repetition(graph, collapse(graph, depth), any_shape=any_shape)
    holds(graph, folded)
    assert sum(box.times for box in folded.boxes) == len(collapse(graph, depth).boxes)
    for calls in folded.folded_calls.values():
        assert len({graph.calls[call].module_class for call in calls}) == 1
    seen = bounded(graph, depth, size)
    holds(graph, seen)
    assert fits(graph, seen, size)
    assert draw(graph, depth, size=size).dot.count(" -> ") == len(seen.edges)
