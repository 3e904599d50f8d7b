"""The forward graph against hand counts, and torchview as a second opinion."""

from dataclasses import replace
from itertools import pairwise

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from explorer import Experiment, observe, observe_call
from explorer.catalog import ENTRIES, build, example_inputs
from explorer.experiment import Hook
from tests.helpers import bare
from tests.helpers.kinds import ONE_TENSOR

GRADS = ("enabled", "no_grad", "inference_mode")
MODULES = [key for key, entry in ENTRIES.items() if entry.kind == "module"]


def operations(seen):
    return [node.operation for node in seen.graph.nodes if node.kind == "operation"]


def edges(seen):
    """(source, target) by operation."""
    name = {node.id: node.operation for node in seen.graph.nodes}
    return [(name[edge.source], name[edge.target]) for edge in seen.graph.edges]


def chain(*names):
    return list(pairwise(names))


# ---- the entries, counted by hand

CNN = ["conv2d", "relu", "max_pool2d", "conv2d", "relu", "max_pool2d", "view", "linear", "relu", "linear"]
ALWAYS = {
    "simple": ["linear"],
    "example": ["linear"],
    "linear-regression": ["linear"],
    "feedforward": ["linear", "relu", "linear"],
    "cnn": CNN,
}
TRAINING = {
    "dropout": ["linear", "dropout"],
    "batchnorm": ["conv2d", "add_", "batch_norm", "relu", "mean", "linear"],
}
EVALUATION = {
    "dropout": ["linear"],
    "batchnorm": ["conv2d", "batch_norm", "relu", "mean", "linear"],
}


@pytest.mark.parametrize("grad", GRADS)
@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("key", [*ALWAYS, *TRAINING])
def test_operations_of_the_small_entries(key, training, grad):
    seen = observe(Experiment(model=key, training=training, grad=grad))
    expected = ALWAYS.get(key) or (TRAINING if training else EVALUATION)[key]
    assert operations(seen) == expected
    assert [node.kind for node in seen.graph.nodes] == ["input", *["operation"] * len(expected), "output"]
    flow = [name for name in expected if name != "add_"]  # the counter feeds nothing
    assert edges(seen) == chain("input", *flow, "output")


BLOCK = ["conv2d", "batch_norm", "relu_", "conv2d", "batch_norm"]


def resnet(training):
    def norm(names):
        return [part for name in names for part in (["add_", name] if name == "batch_norm" and training else [name])]

    expected = [*norm(["conv2d", "batch_norm"]), "relu_", "max_pool2d"]
    for stage in range(4):
        for block in range(2):
            shortcut = ["conv2d", "batch_norm"] if stage > 0 and block == 0 else []
            # `x` is kept for the shortcut, so the block's own path comes after it.
            expected += [*norm([*shortcut, *BLOCK]), "add_", "relu_"]
    return [*expected, "adaptive_avg_pool2d", "flatten", "linear"]


@pytest.mark.parametrize("grad", GRADS)
@pytest.mark.parametrize("training", [True, False])
def test_resnet18(training, grad):
    seen = observe(Experiment(model="resnet18", training=training, grad=grad))
    found = operations(seen)
    assert found == resnet(training)
    # 20 convolutions, 20 norms, 17 ReLUs, 2 pools, flatten, linear: 61 builtins; and 8 additions, each `x += shortcut`.
    assert len(found) - found.count("add_") == 61
    assert found.count("add_") == 8 + 20 * training
    by_id = {node.id: node for node in seen.graph.nodes}
    blocks = [f"layer{stage}.{block}" for stage in (1, 2, 3, 4) for block in (0, 1)]
    for block in blocks:
        (addition,) = [n for n in seen.graph.nodes if n.operation == "add_" and n.module == block]
        sources = [by_id[edge.source] for edge in seen.graph.edges if edge.target == addition.id]
        assert len(sources) == 2
        (residual,) = [source for source in sources if source.module != f"{block}.bn2"]
        if block.endswith(".0") and block != "layer1.0":
            assert residual.module == f"{block}.downsample.1"
        elif block == "layer1.0":
            assert residual.operation == "max_pool2d"
        else:
            before = blocks[blocks.index(block) - 1]
            assert (residual.operation, residual.module) == ("relu_", f"{before}.relu")
        # What follows uses the sum, not what was added to.
        (following,) = [by_id[edge.target] for edge in seen.graph.edges if edge.source == addition.id]
        assert (following.operation, following.module) == ("relu_", f"{block}.relu")


def test_the_pool_used_twice_is_two_calls_of_one_module():
    seen = observe(Experiment(model="cnn"))
    calls = [(c.module, c.number) for c in seen.graph.calls if c.module_class == "MaxPool2d"]
    assert calls == [("pool", 1), ("pool", 2)]
    pools = [node for node in seen.graph.nodes if node.operation == "max_pool2d"]
    assert [seen.graph.calls[node.call].number for node in pools] == [1, 2]
    assert [node.outputs[0].shape for node in pools] == [(1, 16, 14, 14), (1, 32, 7, 7)]


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("key", MODULES)
def test_the_same_operations_and_edges_under_each_grad_mode(key, training):
    graphs = [observe(Experiment(model=key, training=training, grad=grad)) for grad in GRADS]
    if key == "transformer" and not training:  # torch takes its fused path where no gradient is recorded
        with_grad, *without = graphs
        assert "_transformer_encoder_layer_fwd" not in operations(with_grad)
        for seen in without:
            assert operations(seen).count("_transformer_encoder_layer_fwd") == 2
            assert any("fast path" in note for note in seen.notes)
        graphs = without
    assert len({tuple(operations(seen)) for seen in graphs}) == 1
    assert len({tuple((edge.source, edge.target) for edge in seen.graph.edges) for seen in graphs}) == 1


@pytest.mark.parametrize("key", ["simple", "cnn", "feedforward"])
def test_the_same_graph_in_train_and_eval_where_torch_takes_the_same_way(key):
    train, evaluated = observe(Experiment(model=key)).graph, observe(Experiment(model=key, training=False)).graph
    assert (train.nodes, train.edges) == (evaluated.nodes, evaluated.edges)
    assert train.calls == tuple(replace(call, training=True) for call in evaluated.calls)


@pytest.mark.parametrize("grad", GRADS)
@pytest.mark.parametrize("key", MODULES)
def test_nodes_and_edges_fit_together(key, grad):
    seen = observe(Experiment(model=key, grad=grad, hooks=(Hook("", "double"),)))
    graph, last = seen.graph, len(seen.trace.steps) - 1
    place = {node.id: number for number, node in enumerate(graph.nodes)}
    assert list(place) == [f"n{number}" for number in range(len(graph.nodes))]
    for edge in graph.edges:
        assert place[edge.source] < place[edge.target]
        assert edge.tensor in graph.nodes[place[edge.target]].inputs
    for node in graph.nodes:
        assert 0 <= node.steps[0] <= node.steps[1] <= last
        if node.call is not None:
            call = graph.calls[node.call]
            assert (node.module, node.module_class) == (call.module, call.module_class)
            assert call.steps[0] <= node.steps[0] <= node.steps[1] <= call.steps[1]
        if node.kind == "operation":
            assert node.details
    for call in graph.calls[1:]:
        outer = graph.calls[call.parent]
        assert outer.steps[0] < call.steps[0] <= call.steps[1] < outer.steps[1]
    if key in ONE_TENSOR:
        assert [(node.operation, node.in_hook) for node in graph.nodes][-2] == ("mul", True)


# ---- hooks


def test_work_in_a_hook_is_the_hooks():
    seen = observe(Experiment(model="feedforward", hooks=(Hook("relu", "double"), Hook("", "double"))))
    assert operations(seen) == ["linear", "relu", "mul", "linear", "mul"]
    hooked = [(node.operation, node.module) for node in seen.graph.nodes if node.in_hook]
    assert hooked == [("mul", "relu"), ("mul", "")]
    assert edges(seen) == chain("input", "linear", "relu", "mul", "linear", "mul", "output")


# ---- writing in place


class Module(nn.Module):
    """Runs a function as its forward."""

    def __init__(self, function):
        super().__init__()
        self.function = function

    def forward(self, *args, **kwargs):
        return self.function(*args, **kwargs)


def graph_of(function, *args, **kwargs):
    seen = observe_call(Module(function), *args, **kwargs)
    assert seen.error is None, seen.error
    return seen


def added_in_place(x):
    y = x * 2
    y += x
    return torch.relu(y)


def view_of_a_changed_base(x):
    y = x * 2
    row = y[0]
    y += 1
    return row.exp()


def base_of_a_changed_view(x):
    y = x * 2
    y[0].add_(1)
    return y.exp()


def out_argument(x):
    y = torch.zeros(2, 3)
    torch.add(x, x, out=y)
    return y.exp()


@pytest.mark.parametrize("grad", GRADS)
def test_what_follows_uses_what_was_written(grad):
    with bare.grad(grad):
        x = torch.ones(2, 3)
        assert edges(graph_of(added_in_place, x)) == [
            ("input", "mul"), ("mul", "add_"), ("input", "add_"), ("add_", "relu"), ("relu", "output"),
        ]  # fmt: skip
        # Two nodes made what `exp` takes: one the tensor, one what was written into its memory since.
        seen = graph_of(view_of_a_changed_base, x)
        assert [pair for pair in edges(seen) if pair[1] == "exp"] == [("select", "exp"), ("add_", "exp")]
        seen = graph_of(base_of_a_changed_view, x)
        assert [pair for pair in edges(seen) if pair[1] == "exp"] == [("mul", "exp"), ("add_", "exp")]
        seen = graph_of(out_argument, x)
        assert [pair for pair in edges(seen) if pair[1] == "exp"] == [("add", "exp")]


# ---- ends


def test_an_output_that_is_the_input():
    seen = graph_of(lambda x: x, torch.ones(2))
    assert edges(seen) == [("input", "output")]


def test_several_inputs_and_outputs_in_containers():
    x, y = torch.ones(2), torch.zeros(3)
    seen = graph_of(lambda a, pair, *, b: {"sum": a + pair[0], "rest": (pair[1], [b])}, x, (x, y), b=torch.ones(1))
    kinds = [node.kind for node in seen.graph.nodes]
    assert kinds == ["input", "input", "input", "operation", "output", "output", "output"]  # x is given twice
    assert edges(seen) == [("input", "add"), ("add", "output"), ("input", "output"), ("input", "output")]


def test_constants_made_in_forward_are_nodes_without_inputs():
    seen = graph_of(lambda x: x + torch.arange(2) * torch.ones(2), torch.ones(2))
    assert operations(seen) == ["arange", "ones", "mul", "add"]
    assert edges(seen) == [("arange", "mul"), ("ones", "mul"), ("input", "add"), ("mul", "add"), ("add", "output")]


def test_an_operation_with_several_results():
    def takes_both(x):
        values, places = torch.max(x, dim=1)
        return values * places

    seen = graph_of(takes_both, torch.ones(2, 3))
    assert edges(seen) == [("input", "max"), ("max", "mul"), ("max", "mul"), ("mul", "output")]


# ---- names


@pytest.mark.parametrize("grad", GRADS)
@pytest.mark.parametrize(
    ("function", "names"),
    [
        (lambda x: x + 1, ["add"]),
        (lambda x: x[0], ["select"]),
        (lambda x: torch.matmul(x, x.t()), ["t", "matmul"]),
        (lambda x: x.relu().sum(), ["relu", "sum"]),
        (lambda x: x.exp() + x.exp(), ["exp", "exp", "add"]),
        (lambda x: F.softmax(x, dim=-1), ["softmax"]),
        (lambda x: torch.cat([x, x]), ["cat"]),
        (lambda x: F.layer_norm(x, (2,)), ["layer_norm"]),
        (lambda x: x.detach(), ["detach"]),
        (lambda x: F.relu(F.linear(x, x)), ["linear", "relu"]),
        (lambda x: torch.add(torch.mul(x, 2), torch.exp(x)), ["mul", "exp", "add"]),
        (lambda x: [x.exp() for _ in range(3)].pop(), ["exp", "exp", "exp"]),
        (lambda x: (lambda y: y.exp())(x).sin(), ["exp", "sin"]),
        (lambda x: torch.split(x, 1)[0].contiguous(), ["split", "contiguous"]),
    ],
)
def test_an_operation_has_the_name_of_what_python_called(function, names, grad):
    with bare.grad(grad):
        found = operations(graph_of(function, torch.ones(2, 2)))
    assert [name for name in found if name != "contiguous"] == [name for name in names if name != "contiguous"]


def loop(x):
    for _ in range(3):
        x = x.exp()
    return x


def again(x, times):
    return again(x.exp(), times - 1) if times else x


@pytest.mark.parametrize("function", [loop, lambda x: again(x, 3), lambda x: x.exp().exp().exp()])
def test_a_builtin_called_again_is_another_operation(function):
    seen = graph_of(function, torch.ones(2))
    assert edges(seen) == chain("input", "exp", "exp", "exp", "output")


def test_parameters_are_named_and_not_drawn():
    seen = observe(Experiment(model="batchnorm"))
    read = {node.operation: [name for name, _ in node.parameters] for node in seen.graph.nodes if node.parameters}
    assert read["conv2d"] == ["conv.weight", "conv.bias"]
    assert set(read["batch_norm"]) == {"bn.weight", "bn.bias", "bn.running_mean", "bn.running_var"}
    assert read["add_"] == ["bn.num_batches_tracked"]
    assert read["linear"] == ["fc.weight", "fc.bias"]


def test_details_are_what_torch_dispatched_and_may_differ_by_mode():
    by_grad = {grad: observe(Experiment(model="simple", grad=grad)).graph.nodes[1].details for grad in GRADS}
    assert by_grad["enabled"] == by_grad["no_grad"] == ("aten.t.default", "aten.addmm.default")
    assert by_grad["inference_mode"] == ("aten.linear.default",)


def test_the_operation_that_raises_is_the_last_node():
    seen = observe(Experiment(model="cnn", size=32))
    assert seen.error is not None
    assert operations(seen) == CNN[:7]
    assert [node.kind for node in seen.graph.nodes].count("output") == 0
    *others, last = seen.graph.nodes
    assert last.raised
    assert not any(node.raised for node in others)
    assert last.steps == (seen.error.step - 1, seen.error.step)  # its statement, and the exception
    assert seen.trace.steps[last.steps[1]].kind == "exception"


def test_an_operation_whose_exception_was_caught_did_raise():
    def call(x):
        try:
            x = x.view(3, 3)
        except RuntimeError:
            x = x + 1
        return x

    seen = observe_call(call, torch.ones(4))
    raised = [node for node in seen.graph.nodes if node.raised]
    assert [node.operation for node in raised] == ["view"]
    assert seen.error is None
    assert [seen.trace.steps[step].kind for step in raised[0].steps] == ["statement", "exception"]


def test_an_operation_that_raised_out_of_sight_ends_with_its_statement():
    """Code without a file is not traced: what it catches is no step."""

    def caught(x):
        return untraced(x), x + 1

    space = {}
    code = "def untraced(x):\n    try:\n        x.view(3, 3)\n    except RuntimeError:\n        return None\n"
    exec(compile(code, "<string>", "exec"), space)
    untraced = space["untraced"]
    seen = observe_call(caught, torch.ones(4))
    (raised,) = [node for node in seen.graph.nodes if node.raised]
    assert "exception" not in {step.kind for step in seen.trace.steps}
    assert raised.steps[0] == raised.steps[1]
    assert seen.trace.steps[raised.steps[0]].kind == "statement"


def test_a_run_without_tensors_has_no_nodes():
    assert observe(Experiment(model="function")).graph.nodes == ()


# ---- a second opinion


def nesting(drawn):
    """The tree that torchview nests its nodes in: ("Conv2d", [inner, ...]) for a module, a name for a function."""
    found = []
    for node, inner in drawn.items() if isinstance(drawn, dict) else ():
        found.append((node.name, nested_in(inner)))
    return found


def nested_in(inner):
    found = []
    for node in inner if isinstance(inner, list) else [inner]:
        if isinstance(node, dict):
            found += nesting(node)
        elif type(node).__name__ == "FunctionNode":
            found.append(node.name)
    return found


def our_nesting(seen, call):
    """The same tree from the record."""
    parts = [(c.steps[0], (c.module_class, our_nesting(seen, c.index))) for c in seen.graph.calls if c.parent == call]
    for node in seen.graph.nodes:
        counter = any("num_batches_tracked" in name for name, _ in node.parameters) and node.operation == "add_"
        if node.kind == "operation" and node.call == call and not counter:
            parts.append((node.steps[0], node.operation.replace("relu_", "relu")))  # theirs is the name of `F.relu`
    if call is not None and seen.graph.calls[call].module_class == "Dropout" and not parts:
        parts = [(0, "dropout")]
    return [part for _, part in sorted(parts, key=lambda part: part[0])]


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("key", ["simple", "feedforward", "cnn", "dropout", "batchnorm", "resnet18"])
def test_torchview_nests_the_same_operations_in_the_same_modules(key, training):
    """torchview has a node for each torch function that Python calls and for each module call, as we have.

    It sees functions, not what they dispatch: dropout in eval mode is there although it runs nothing, and batch
    norm's counter, which feeds nothing, is not.
    """
    torchview = pytest.importorskip("torchview")
    mode = "train" if training else "eval"
    drawn = torchview.draw_graph(build(key), input_data=example_inputs(key), mode=mode, depth=20)
    ((_, theirs),) = nesting(drawn.node_hierarchy)
    assert our_nesting(observe(Experiment(model=key, training=training)), None) == theirs
