"""Tensors that are given other memory without an operation: the edges follow it, and the call is not disturbed."""

import copy

import pytest
import torch
from torch import nn

from explorer import observe_call
from tests.capture.operations.test_calls_of_torch import assert_forwards, edges, operations, shapes

X = torch.tensor([1.0, -2.0, 3.0])


def sets_data(x):
    z = torch.zeros(3)
    y = x * 2
    z.data = y
    return z + 1


def sets_data_of_an_item(x):
    found = [torch.zeros(3)]
    found[0].data = x * 2
    return found[0] + 1


def sets_data_by_name(x):
    z = torch.zeros(3)
    setattr(z, "data", x * 2)  # noqa: B010
    return z + 1


def sets_data_of_what_has_no_name(x):
    z = torch.zeros(3)
    (lambda: z)().data = x * 2
    return z + 1


@pytest.mark.parametrize("give", [sets_data, sets_data_of_an_item, sets_data_by_name, sets_data_of_what_has_no_name])
def test_what_made_the_data_made_the_tensor(give):
    seen = observe_call(give, X)
    assert edges(seen) == [("input", "mul"), ("mul", "add"), ("add", "output")]
    assert torch.equal(seen.value, give(X))


class MovesParameter(nn.Module):
    def __init__(self, make):
        super().__init__()
        self.weight, self.make = nn.Parameter(torch.ones(3)), make

    def forward(self, x):
        before = self.weight * x
        self.weight.data = self.make(x)
        return before + self.weight.exp()


def test_a_parameter_with_other_data_is_what_an_operation_made():
    seen = observe_call(MovesParameter(lambda x: x * 2), X)
    before, _, exp, _ = operations(seen)
    assert [name for name, _ in before.parameters] == ["weight"]
    assert (exp.parameters, shapes(exp.inputs)) == ((), [[3]])
    assert edges(seen).count(("mul", "exp")) == 1


def test_a_parameter_whose_data_nothing_is_known_of_is_still_the_parameter():
    other = torch.full((3,), 2.0)
    exp = operations(observe_call(MovesParameter(lambda x: other), X))[1]
    assert (exp.operation, [name for name, _ in exp.parameters], exp.inputs) == ("exp", ["weight"], ())


class Converts(nn.Module):
    """Has torch set the data of its parameters."""

    def __init__(self):
        super().__init__()
        self.inner = nn.Linear(3, 3)

    def forward(self, x):
        return self.inner.double()(x.double())


def test_the_data_that_torch_sets_goes_along_too():
    seen = observe_call(Converts(), X)
    assert edges(seen).count(("double", "linear")) == 3
    assert operations(seen)[-1].parameters == ()


def swaps(x):
    a, b = x * 2, x.exp()
    torch.utils.swap_tensors(a, b)
    return a.sin(), b.cos()


def test_swapped_tensors_take_what_made_them_along():
    seen = observe_call(swaps, X)
    assert {("exp", "sin"), ("mul", "cos")} <= set(edges(seen))
    assert not {("mul", "sin"), ("exp", "cos")} & set(edges(seen))
    assert all(map(torch.equal, seen.value, swaps(X)))


class SwapsWhatIsRegistered(nn.Module):
    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(3))
        self.register_buffer("mean", torch.zeros(3))
        self.register_buffer("large", torch.zeros(1 << 15))

    def forward(self, x):
        other = nn.Parameter(x * 2)
        torch.utils.swap_tensors(self.weight, other)
        torch.utils.swap_tensors(self.mean, x.exp())
        torch.utils.swap_tensors(self.large, torch.ones(1 << 15))
        return self.weight * 3 + self.mean - other + self.large[:3]


def test_a_swap_is_not_refused_because_of_what_the_recorder_keeps():
    seen, bare = observe_call(SwapsWhatIsRegistered(), X), SwapsWhatIsRegistered()(X)
    assert seen.error is None
    assert torch.equal(seen.value, bare)
    assert {each.name for each in seen.changed_buffers} == {"mean", "large"}
    minus = next(node for node in operations(seen) if node.operation == "sub")
    assert [name for name, _ in minus.parameters] == ["weight"]  # where its memory is now
    assert_forwards(seen)


def converts_by_swapping(x):
    inner = nn.Linear(3, 3)
    torch.__future__.set_swap_module_params_on_conversion(True)
    try:
        return inner.double()(x.double())
    finally:
        torch.__future__.set_swap_module_params_on_conversion(False)


def test_a_module_that_swaps_its_parameters_does_so_as_in_a_bare_call():
    assert observe_call(converts_by_swapping, X).error is None


@pytest.mark.parametrize("how", [copy.copy, copy.deepcopy])
def test_a_copy_is_made_of_what_it_is_a_copy_of(how):
    def function(x):
        y = x * 2
        z = how(y)
        return z + 1

    seen = observe_call(function, X)
    links, names = list(seen.graph.edges), {node.operation: node.id for node in seen.graph.nodes}
    reached, waiting = set(), [names["mul"]]
    while waiting:
        at = waiting.pop()
        reached.add(at)
        waiting += [edge.target for edge in links if edge.source == at and edge.target not in reached]
    assert names["add"] in reached
    assert torch.equal(seen.value, function(X))


def test_two_copies_of_one_tensor_have_nothing_to_do_with_each_other():
    def function(x):
        y = x * 2
        one, other = copy.deepcopy(y), copy.copy(y)
        return one + 1, other.exp()

    seen = observe_call(function, X)
    above = {}
    for edge in seen.graph.edges:
        above.setdefault(edge.target, set()).add(edge.source)
    names = {node.id: node.operation for node in seen.graph.nodes}
    (exp,) = [node.id for node in seen.graph.nodes if node.operation == "exp"]
    (shallow,) = above[exp]
    assert {names[each] for each in above[shallow]} == {"mul", "empty"}


class CopiesParameter(nn.Module):
    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(3))

    def forward(self, x):
        return copy.copy(self.weight) + x, self.weight.data * x


def test_another_object_for_a_parameter_is_the_parameter():
    seen = observe_call(CopiesParameter(), X)
    assert [[name for name, _ in node.parameters] for node in operations(seen)[-2:]] == [["weight"], ["weight"]]
