"""What the river is laid out from: every operation, every module call and every edge of the record."""

from __future__ import annotations

import pytest

from explorer.experiment import Experiment, Hook
from explorer.observe import observe
from explorer.record import Graph
from explorer.ui.player.river import river_payload

RUNS = [
    Experiment(model="cnn"),
    Experiment(model="cnn", size=32),
    Experiment(model="transformer"),
    Experiment(model="feedforward", hooks=(Hook(at="relu", action="double"),)),
    Experiment(model="dict-output"),
    Experiment(model="not-a-model"),
]


@pytest.mark.parametrize("asked", RUNS, ids=str)
def test_the_graph_can_be_read_back(asked: Experiment):
    graph = observe(asked).graph
    river = river_payload(graph)
    operations, calls, shapes = river["operations"], river["calls"], river["shapes"]
    assert {len(column) for column in operations.values()} == {len(graph.nodes)}  # type: ignore[arg-type]
    assert {len(column) for column in calls.values()} == {len(graph.calls)}  # type: ignore[arg-type]
    for index, node in enumerate(graph.nodes):
        assert (operations["kind"][index], operations["name"][index]) == (node.kind, node.operation)
        assert operations["call"][index] == (-1 if node.call is None else node.call)
        assert (operations["first"][index], operations["last"][index]) == node.steps
        assert (operations["in_hook"][index], operations["raised"][index]) == (node.in_hook, node.raised)
        tensors = node.inputs if node.kind == "output" else node.outputs
        assert operations["outputs"][index] == len(tensors)
        shape = operations["output"][index]
        assert (shapes[shape] if tensors else shape) == (list(tensors[0].shape) if tensors else -1)
    for call in graph.calls:
        around = "" if call.parent is None else graph.calls[call.parent].module
        sent = calls["module"][call.index]
        assert (around + sent if sent.startswith(".") else sent) == call.module
        assert sent.startswith(".") == bool(around and call.module.startswith(f"{around}."))
        assert calls["parent"][call.index] == (-1 if call.parent is None else call.parent)
        assert (calls["first"][call.index], calls["last"][call.index]) == call.steps
    names = [(graph.nodes[source].id, graph.nodes[target].id) for source, target in river["edges"]]
    assert set(names) == {(edge.source, edge.target) for edge in graph.edges}
    assert len(set(names)) == len(names)
    assert all(source < target for source, target in river["edges"])


def test_each_shape_stands_there_once():
    shapes = river_payload(observe(Experiment(model="resnet18")).graph)["shapes"]
    assert len({tuple(shape) for shape in shapes}) == len(shapes)


def test_nothing_ran():
    river = river_payload(Graph((), (), ()))
    assert river["edges"] == river["shapes"] == river["operations"]["name"] == river["calls"]["module"] == []
