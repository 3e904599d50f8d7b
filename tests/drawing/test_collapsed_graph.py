"""Collapsing, against a graph counted by hand and against properties that hold for every graph."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from explorer import observe_call
from explorer.drawing.collapsed_graph import collapse
from explorer.record import Edge, Graph, ModuleCall, Node, TensorLabel
from tests.helpers.hand_made_graphs import GRAPH, HALF, IMAGE, node


def pairs(collapsed):
    return [(edge.source, edge.target) for edge in collapsed.edges]


def test_operations_are_the_graph_itself():
    seen = collapse(GRAPH, "operations")
    assert [box.id for box in seen.boxes] == [f"n{index}" for index in range(10)]
    assert pairs(seen) == [(edge.source, edge.target) for edge in GRAPH.edges]


def test_leaf_modules_by_hand():
    seen = collapse(GRAPH, "leaf")
    assert [box.id for box in seen.boxes] == ["n0", "call2", "call3", "n4", "n5", "call4", "n7", "call6", "n9"]
    assert pairs(seen) == [
        ("n0", "call2"),
        ("call2", "call3"),
        ("call3", "n4"),
        ("n0", "n4"),  # the residual
        ("n4", "n5"),
        ("n5", "call4"),
        ("call4", "n7"),
        ("n7", "call6"),
        ("call6", "n9"),
    ]


def test_top_modules_by_hand():
    seen = collapse(GRAPH, "top")
    assert [box.id for box in seen.boxes] == ["n0", "call1", "n5", "call4", "n7", "call6", "n9"]
    assert pairs(seen) == [
        ("n0", "call1"),  # into the convolution and into the residual: one link
        ("call1", "n5"),
        ("n5", "call4"),
        ("call4", "n7"),
        ("n7", "call6"),
        ("call6", "n9"),
    ]
    assert seen.edges[0].tensors == (IMAGE,)
    assert [inner.id for inner in seen.boxes[1].nodes] == ["n1", "n2", "n3", "n4"]


@pytest.mark.parametrize("depth", ["leaf", "top"])
def test_a_module_used_twice_is_two_boxes_that_say_which(depth):
    pools = [box for box in collapse(GRAPH, depth).boxes if box.module == "pool"]
    assert [(box.name, box.number, box.steps) for box in pools] == [
        ("MaxPool2d", 1, ((400, 499),)),
        ("MaxPool2d", 2, ((600, 699),)),
    ]
    assert pools[0].inputs == (IMAGE,)
    assert pools[0].outputs == (HALF,)


def test_a_module_used_once_has_no_number():
    assert all(box.number is None for box in collapse(GRAPH, "leaf").boxes if box.module != "pool")


def test_a_hook_inside_a_collapsed_module_is_part_of_it():
    hooked = node(1, "conv2d", 2, (IMAGE,), (IMAGE,), in_hook=True)
    graph = Graph((GRAPH.nodes[0], hooked, *GRAPH.nodes[2:]), GRAPH.edges, GRAPH.calls)
    assert "n1" in [box.id for box in collapse(graph, "leaf").boxes]  # the hook of block.conv itself
    assert "n1" not in [box.id for box in collapse(graph, "top").boxes]


@pytest.mark.parametrize("depth", ["operations", "leaf", "top"])
def test_a_call_that_ran_nothing_is_named(depth):
    assert [call.module for call in collapse(GRAPH, depth).silent] == ["drop"]


def test_without_a_call_of_the_outermost_module_its_children_are_the_top():
    shift = [ModuleCall(0, "fc", "Linear", 1, None, (0, 9), False)]
    only = Node("n0", "operation", "linear", "fc", "Linear", 0, (IMAGE,), (HALF,), (), (1, 2))
    assert [box.id for box in collapse(Graph((only,), (), tuple(shift)), "top").boxes] == ["call0"]


def test_a_module_that_calls_what_is_registered_nowhere_is_no_leaf():
    """Its layers are in a plain list: the module has no submodules, and yet it calls two."""

    class Listed(nn.Module):
        def __init__(self):
            super().__init__()
            self.layers = [nn.Linear(2, 2), nn.ReLU()]

        def forward(self, x):
            for layer in self.layers:
                x = layer(x)
            return x

    seen = collapse(observe_call(Listed(), torch.ones(1, 2)).graph, "leaf")
    assert [box.name for box in seen.boxes] == ["input", "Linear", "ReLU", "output"]
    assert len(seen.edges) == 3


def test_the_modules_that_a_function_calls_are_the_top_of_it():
    """They are registered nowhere, so they have no path; two of one class, each called once, have no number."""
    first, second = nn.Sequential(nn.Linear(2, 2), nn.ReLU()), nn.Linear(2, 2)

    def function(x):
        return second(first(x)) + 1

    found = observe_call(function, torch.ones(1, 2)).graph
    assert [box.name for box in collapse(found, "top").boxes] == ["input", "Sequential", "Linear", "add", "output"]
    leaves = collapse(found, "leaf").boxes
    assert [(box.name, box.number) for box in leaves[1:4]] == [("Linear", None), ("ReLU", None), ("Linear", None)]


def test_a_leaf_that_is_the_whole_model():
    calls = (ModuleCall(0, "", "Linear", 1, None, (0, 9), False),)
    only = Node("n0", "operation", "linear", "", "Linear", 0, (IMAGE,), (HALF,), (), (1, 2))
    assert [box.kind for box in collapse(Graph((only,), (), calls), "leaf").boxes] == ["module"]
    assert [box.kind for box in collapse(Graph((only,), (), calls), "top").boxes] == ["operation"]


def test_an_unknown_depth_is_said_to_be_one():
    with pytest.raises(ValueError, match="operations, leaf, top"):
        collapse(GRAPH, "everything")


def writes_itself(x):
    return x.add_(1)


def writes_items(x):
    x[0] = 1
    return x


def writes_a_view(x):
    return x.t().clamp_(0)


def writes_its_own(x):
    return nn.functional.dropout(x, 0.5)  # the mask is made, and written into, inside


IN_PLACE = [
    (writes_itself, {"add_"}),
    (writes_items, {"__setitem__"}),
    (writes_a_view, {"clamp_"}),
    (writes_its_own, set()),
]


@pytest.mark.parametrize(("function", "expected"), IN_PLACE)
def test_in_place_is_what_wrote_into_what_it_was_given(function, expected):
    boxes = collapse(observe_call(function, torch.ones(2, 3)).graph, "operations").boxes
    assert {box.name for box in boxes if box.in_place} == expected


@st.composite
def graphs(draw):
    """Modules nested at will, a node or more each, edges forward only."""
    calls = [ModuleCall(0, "", "Net", 1, None, (0, 999), True)]
    for index in range(1, draw(st.integers(1, 6))):
        parent = draw(st.integers(0, index - 1))
        calls.append(ModuleCall(index, f"m{index}", "M", 1, parent, (index, index), False))
    parents = {call.parent for call in calls}
    calls = [ModuleCall(c.index, c.module, "M", 1, c.parent, c.steps, c.index in parents) for c in calls]
    labels = st.builds(TensorLabel, st.tuples(st.integers(1, 3)), st.just("float32"))
    nodes = []
    for index in range(draw(st.integers(0, 10))):
        home = draw(st.integers(0, len(calls) - 1))
        out = (draw(labels),)
        hook = draw(st.booleans())
        nodes.append(Node(f"n{index}", "operation", "f", "", "", home, (), out, (), (index, index), hook))
    possible = [(s, t) for t in range(len(nodes)) for s in range(t)]
    chosen = draw(st.lists(st.sampled_from(possible), max_size=15)) if possible else []
    edges = [Edge(f"n{s}", f"n{t}", nodes[s].outputs[0]) for s, t in chosen]
    return Graph(tuple(nodes), tuple(edges), tuple(calls))


@given(graphs(), st.sampled_from(["operations", "leaf", "top"]))
def test_nothing_is_lost_and_nothing_invented(graph, depth):
    seen = collapse(graph, depth)
    box_of = {inner.id: box.id for box in seen.boxes for inner in box.nodes}
    assert sorted(box_of) == sorted(inner.id for inner in graph.nodes)
    assert sum(len(box.nodes) for box in seen.boxes) == len(graph.nodes)
    outer = {
        (box_of[e.source], box_of[e.target], e.tensor) for e in graph.edges if box_of[e.source] != box_of[e.target]
    }
    assert outer == {(edge.source, edge.target, tensor) for edge in seen.edges for tensor in edge.tensors}
    if depth != "operations":
        assert len({(edge.source, edge.target) for edge in seen.edges}) == len(seen.edges)
