"""The caller's own modes, transforms, gradients and observations work as they do without us."""

import pytest
import torch
from torch import nn
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode

from explorer import observe_call

X = torch.ones(1, 2)


class Functions(TorchFunctionMode):
    def __init__(self):
        super().__init__()
        self.seen = []

    def __torch_function__(self, func, types, args=(), kwargs=None):
        self.seen.append(func)
        return func(*args, **(kwargs or {}))


class Dispatched(TorchDispatchMode):
    def __init__(self):
        super().__init__()
        self.seen = []

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        self.seen.append(func)
        return func(*args, **(kwargs or {}))


@pytest.mark.parametrize("mode", [Functions, Dispatched])
@pytest.mark.parametrize("key", ["cnn", "batchnorm", "dropout", "transformer"])
def test_a_mode_of_the_caller_sees_what_it_sees_without_us(mode, key):
    from explorer.catalog import build, example_inputs

    def calls(call):
        model, inputs = build(key), example_inputs(key)
        torch.manual_seed(0)
        with mode() as active:
            call(model, *inputs)
        return active.seen

    bare = calls(lambda model, *inputs: model(*inputs))
    assert calls(observe_call) == bare
    assert bare


def test_inside_a_transform_of_the_caller():
    model = nn.Linear(3, 1)
    x = torch.randn(4, 3)
    mapped = torch.vmap(lambda row: observe_call(model, row, reraise=True).value)(x)
    torch.testing.assert_close(mapped, model(x))
    gradient = torch.func.grad(lambda row: observe_call(model, row, reraise=True).value.sum())(x[0])
    torch.testing.assert_close(gradient, model.weight[0])


def test_backward_works_through_an_observed_value():
    model = nn.Linear(2, 1)
    observe_call(model, X).value.sum().backward()
    assert torch.equal(model.weight.grad, X)


def test_an_observation_within_an_observed_call():
    def outer():
        return observe_call(nn.Linear(2, 1), X).error

    seen = observe_call(outer)
    assert seen.error is None
    assert seen.value is None
