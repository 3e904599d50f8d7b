"""What autograd recorded, against the chain of `grad_fn`s itself, walked here by recursion."""

from collections import Counter
from dataclasses import replace

import pytest
import torch
from torch import nn

from explorer.catalog import build, example_inputs
from explorer.drawing.autograd_graph import draw_autograd
from explorer.experiment import Experiment, Hook
from explorer.measure.autograd import DRAWN_AT_MOST, difference_between, observe_autograd, record_autograd


def oracle(*outputs):
    """Every `grad_fn` that the outputs reach, counted by class."""
    found = {}

    def visit(function):
        if function is None or function in found:
            return
        found[function] = type(function).__name__
        for following, _ in function.next_functions:
            visit(following)

    for output in outputs:
        visit(output.grad_fn)
    return Counter(found.values())


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("key", ["simple", "dropout", "cnn", "resnet18", "batchnorm", "recurrent", "transformer"])
def test_the_functions_are_those_of_a_bare_call(key, training):
    model = build(key).train(training)
    torch.manual_seed(0)
    expected = oracle(model(*example_inputs(key)))
    graph = observe_autograd(Experiment(model=key, training=training))
    assert Counter(graph.functions) == expected
    assert Counter(node.name for node in graph.nodes if node.kind == "function") == expected
    assert graph.empty_reason is None


def test_dropout_by_hand():
    graph = observe_autograd(Experiment(model="dropout"))
    assert Counter(graph.functions) == {"MulBackward0": 1, "AddmmBackward0": 1, "TBackward0": 1, "AccumulateGrad": 2}
    names = {node.id: node.name or node.kind for node in graph.nodes}
    assert Counter((names[source], names[target]) for source, target in graph.edges) == {
        ("MulBackward0", "output"): 1,
        ("AddmmBackward0", "MulBackward0"): 1,
        ("TBackward0", "AddmmBackward0"): 1,
        ("AccumulateGrad", "AddmmBackward0"): 1,
        ("AccumulateGrad", "TBackward0"): 1,
        ("linear.bias", "AccumulateGrad"): 1,
        ("linear.weight", "AccumulateGrad"): 1,
    }


def test_every_leaf_has_its_parameters_name_and_shape():
    leaves = {node.name: node.shape for node in observe_autograd(Experiment()).nodes if node.kind == "leaf"}
    assert leaves == {name: str(list(tensor.shape)) for name, tensor in build("cnn").named_parameters()}


def test_equal_experiments_give_equal_graphs():
    assert observe_autograd(Experiment()) == observe_autograd(Experiment())


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"grad": "no_grad"}, "under `no_grad`"),
        ({"grad": "inference_mode"}, "under `inference_mode`"),
        ({"model": "function"}, "`int`"),
        ({"model": "checkpoint"}, "TypeError"),
        ({"size": 32}, "RuntimeError"),
    ],
)
def test_why_a_run_recorded_nothing(changes, words):
    graph = observe_autograd(Experiment(**changes))
    assert words in graph.empty_reason
    assert (graph.nodes, graph.edges, graph.functions) == ((), (), ())


def frozen():
    model = nn.Linear(3, 2).requires_grad_(False)
    return model(torch.ones(1, 3)), model.named_parameters()


def cut():
    model = nn.Linear(3, 2)
    return model(torch.ones(1, 3)).argmax(1), model.named_parameters()


def leaf():
    model = nn.Linear(3, 2)
    return model.weight, model.named_parameters()


@pytest.mark.parametrize(
    ("made", "words"), [(frozen, "requires grad, no input"), (cut, "ran without gradients"), (leaf, "leaf")]
)
def test_why_an_output_has_no_graph(made, words):
    output, parameters = made()
    assert words in record_autograd(output, parameters).empty_reason


def test_the_reason_is_measured_not_taken_from_the_mode():
    with torch.no_grad():
        output = nn.Linear(3, 2)(torch.ones(1, 3))
        assert "under `no_grad`" in record_autograd(output, ()).empty_reason
    assert "Nothing that went into" in record_autograd(output, ()).empty_reason


@pytest.mark.parametrize("wrap", [tuple, list, lambda pair: {"a": pair[0], "b": {"c": [pair[1], None, 3]}}])
def test_tensors_inside_containers_are_found(wrap):
    weight = torch.ones(2, requires_grad=True)
    pair = [weight * 2, weight + 1]
    graph = record_autograd(wrap(pair), [("weight", weight)])
    assert Counter(graph.functions) == oracle(*pair) == {"MulBackward0": 1, "AddBackward0": 1, "AccumulateGrad": 1}
    assert sum(node.kind == "output" for node in graph.nodes) == 2


def test_a_container_that_holds_itself_ends():
    loop = [torch.ones(1, requires_grad=True) * 2]
    loop.append(loop)
    assert "MulBackward0" in record_autograd(loop, ()).functions


def test_too_many_to_draw_are_still_counted():
    value = torch.ones(1, requires_grad=True)
    for _ in range(3000):
        value = value * 2
    graph = record_autograd(value, ())
    assert len(graph.functions) == 3001
    assert "3,001" in graph.too_large
    assert graph.nodes == ()


def test_a_chain_as_long_as_is_drawn_is_drawn():
    value = torch.ones(1, requires_grad=True)
    for _ in range(DRAWN_AT_MOST - 1):
        value = value * 2
    graph = record_autograd(value, ())
    assert sum(node.kind == "function" for node in graph.nodes) == DRAWN_AT_MOST


def test_names_that_would_confuse_dot_survive():
    weight = torch.ones(2, requires_grad=True)
    for name in ('a"b', "a\\b", "<x>", "ä b"):
        graph = record_autograd(weight * 2, [(name, weight)])
        assert [node.name for node in graph.nodes if node.kind == "leaf"] == [name]
        assert draw_autograd(graph).svg


def of_both_modes(experiment):
    return difference_between(*(observe_autograd(replace(experiment, training=mode)) for mode in (True, False)))


def test_train_mode_multiplies_where_eval_does_not():
    difference = of_both_modes(Experiment(model="dropout", training=False))
    assert difference.only_training == {"MulBackward0": 1}
    assert difference.only_eval == {}


def test_no_difference_is_claimed_where_there_is_none():
    difference = of_both_modes(Experiment(model="cnn"))
    assert (difference.only_training, difference.only_eval) == ({}, {})


def test_a_hook_that_doubles_is_in_the_graph_and_forward_goes_around_it():
    hooked = Experiment(model="simple", hooks=(Hook(action="double"),))
    assert observe_autograd(hooked).functions.count("MulBackward0") == 1
    assert observe_autograd(replace(hooked, call="forward")).functions.count("MulBackward0") == 0


def test_torch_is_left_as_it_was():
    torch.manual_seed(123)
    before = torch.get_rng_state()
    for grad in ("enabled", "no_grad", "inference_mode"):
        observe_autograd(Experiment(model="dropout", grad=grad))
    assert torch.equal(torch.get_rng_state(), before)
    assert torch.is_grad_enabled()
    assert not torch.is_inference_mode_enabled()


def test_the_drawing_joins_each_leaf_to_its_accumulator():
    graph = observe_autograd(Experiment(model="dropout"))
    svg = draw_autograd(graph).svg
    assert svg.count('class="node"') == 6  # 3 functions, 2 parameters, 1 output
    assert svg.count('class="edge"') == 5
    assert svg.count(">AccumulateGrad<") == 2
    assert draw_autograd(graph, "dark").svg != svg
