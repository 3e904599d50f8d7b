"""A call in which other code runs is one node: hooks for saved tensors, checkpoints, what `vmap` adds to operators."""

import pytest
import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.checkpoint import checkpoint

from explorer import observe_call
from tests.capture.operations.test_calls_of_torch import assert_forwards, operations, shapes

X = torch.randn(2, 3, 8)
LAYERS = {
    "linear": (nn.Linear(8, 8), 1),
    "layer_norm": (nn.LayerNorm(8), 1),
    "conv1d": (nn.Conv1d(3, 3, 3), 1),
    "softmax": (nn.Softmax(-1), 1),
    "max_pool1d": (nn.MaxPool1d(2), 1),
    "prelu": (nn.PReLU(), 1),
    "scaled_dot_product_attention": (lambda x: F.scaled_dot_product_attention(x, x, x), 1),
    "matmul": (lambda x: x @ x.mT, 1),
}


@pytest.mark.parametrize("name", LAYERS)
def test_hooks_for_saved_tensors_do_not_part_a_call(name):
    layer, calls = LAYERS[name]

    def function(x):
        with torch.autograd.graph.saved_tensors_hooks(lambda t: t.detach().clone(), lambda t: t):
            return layer(x)

    x = X.clone().requires_grad_()
    seen = observe_call(function, x)
    found = [node for node in operations(seen) if node.operation == name]
    assert len(found) == calls
    assert shapes(found[0].outputs) == [list(seen.value.shape)]
    assert_forwards(seen)


@pytest.mark.parametrize("name", LAYERS)
def test_a_checkpoint_that_stops_early_raises_nothing(name):
    layer, calls = LAYERS[name]

    def function(x):
        loss = checkpoint(layer, x, use_reentrant=False).sum()
        loss.backward()
        return loss

    seen = observe_call(function, X.clone().requires_grad_())
    assert seen.error is None
    assert not any(node.raised for node in seen.graph.nodes)
    found = [node for node in operations(seen) if node.operation == name]
    assert calls <= len(found) <= 2 * calls  # the second time it may stop before the operation itself
    assert all(node.outputs for node in found)
    assert_forwards(seen)


def test_what_autograd_saved_is_no_output():
    def function(x):
        y = nn.Linear(8, 8)(x)
        y.sum().backward()
        return y

    seen = observe_call(function, X[0].clone().requires_grad_())
    (linear,) = [node for node in operations(seen) if node.operation == "linear"]
    assert shapes(linear.outputs) == [[3, 8]]


OPERATORS = {
    "add": lambda a, b: a + b, "sub": lambda a, b: a - b, "mul": lambda a, b: a * b, "div": lambda a, b: a / b,
    "pow": lambda a, b: a**b, "remainder": lambda a, b: a % b, "gt": lambda a, b: a > b, "le": lambda a, b: a <= b,
    "eq": lambda a, b: a == b,
}  # fmt: skip


@pytest.mark.parametrize("name", OPERATORS)
def test_an_operator_under_vmap_is_one_node(name):
    function, x = OPERATORS[name], torch.rand(4, 3) + 0.5

    def model(x):
        return torch.vmap(lambda row: function(row.sum(), 2))(x)

    seen = observe_call(model, x)
    total, node = operations(seen)
    assert (total.operation, node.operation, shapes(node.outputs)) == ("sum", name, [[4]])
    assert torch.equal(seen.value, model(x))
    assert_forwards(seen)


def writes_a_view_of_a_parameter(model, x):
    model.weight[1:].add_(1)


def writes_an_item_of_a_parameter(model, x):
    model.weight[0] = 3


def writes_the_data_of_a_parameter(model, x):
    model.weight.data.mul_(2)


def writes_a_group_of_parameters(model, x):
    torch._foreach_add_([model.weight], 1)


def writes_into_a_fresh_tensor(model, x):
    torch.add(x, 1, out=torch.empty(3))


def writes_into_a_parameter(model, x):
    torch.add(x, 1, out=model.weight)


def writes_by_a_function(model, x):
    F.relu(model.weight.view(3, 1), inplace=True)


WRITERS = [
    writes_a_view_of_a_parameter, writes_an_item_of_a_parameter, writes_the_data_of_a_parameter,
    writes_a_group_of_parameters, writes_into_a_fresh_tensor, writes_into_a_parameter, writes_by_a_function,
]  # fmt: skip


@pytest.mark.parametrize("write", WRITERS)
def test_what_wrote_into_what_it_was_given_says_so(write):
    class Writes(nn.Module):
        def __init__(self):
            super().__init__()
            self.weight = nn.Parameter(torch.ones(3))

        def forward(self, x):
            with torch.no_grad():
                write(self, x)
            return x

    last = operations(observe_call(Writes(), torch.ones(3)))[-1]
    assert last.in_place


def test_batch_norm_keeps_its_statistics_apart():
    (node,) = [each for each in operations(observe_call(nn.BatchNorm1d(3), X)) if each.operation == "batch_norm"]
    assert not node.in_place
