"""An observed call computes the bits of the bare call in every grad mode, and runs the operations that it runs.

The oracle is the call itself, made without anything around it; for operations, a mode that only counts.
"""

from __future__ import annotations

import copy
import warnings
from collections import Counter

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.testing._internal.common_methods_invocations import op_db
from torch.utils._python_dispatch import TorchDispatchMode

from explorer import observe_call
from tests.helpers import bare

GRADS = ("enabled", "no_grad", "inference_mode")
# Not computed but found in memory, so that no two calls give the same; a decomposition whose values are the same, and
# the name of whose `grad_fn` differs while any dispatch mode is active.
LEFT_OUT = ("linalg.lstsq", "linalg.tensorinv")
LINALG = [op for op in op_db if (op.name.startswith("linalg.") and op.name not in LEFT_OUT) or op.name == "norm"]


def both(function, *args, grad="enabled"):
    """(bare, observed) of one call, each on arguments and after a seeding of its own."""
    values = []
    for observed in (False, True):
        torch.manual_seed(5)
        given = copy.deepcopy(args)
        with bare.grad(grad):
            values.append(observe_call(function, *given).value if observed else function(*given))
    return values


@pytest.mark.parametrize("grad", GRADS)
@pytest.mark.parametrize("op", LINALG, ids=lambda op: f"{op.name}{op.variant_test_name}")
def test_linear_algebra(op, grad):
    compared = 0
    with warnings.catch_warnings(), torch.random.fork_rng():
        warnings.simplefilter("ignore")
        torch.manual_seed(0)
        for sample in list(op.sample_inputs("cpu", torch.float32, requires_grad=False))[:10]:

            def call(sample=sample):
                return op(sample.input, *sample.args, **sample.kwargs)

            with bare.grad(grad):
                value, raised = bare.run(call)
                if raised is not None:
                    continue
                assert bare.same(observe_call(call).value, value), sample
                compared += 1
    assert compared


@settings(max_examples=30, deadline=None)
@given(
    rows=st.integers(1, 9),
    columns=st.integers(1, 9),
    order=st.sampled_from(["cond", "nuc", "fro", 2, -2, "svdvals", "rank"]),
    grad=st.sampled_from(GRADS),
    requires_grad=st.booleans(),
    seed=st.integers(0, 1000),
)
def test_singular_values_alone(rows, columns, order, grad, requires_grad, seed):
    matrix = torch.randn(rows, columns, generator=torch.Generator().manual_seed(seed)).requires_grad_(requires_grad)
    functions = {
        "cond": lambda: torch.linalg.cond(matrix),
        "svdvals": lambda: torch.linalg.svdvals(matrix),
        "rank": lambda: torch.linalg.matrix_rank(matrix),
    }
    call = functions.get(order, lambda: torch.linalg.norm(matrix, order))

    with bare.grad(grad):
        assert bare.same(observe_call(call).value, call())


def test_vectors_that_are_used_are_computed():
    matrix = torch.randn(6, 4, generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        for function in (torch.linalg.svd, torch.linalg.pinv, torch.svd):
            expected, seen = function(matrix), observe_call(function, matrix).value
            assert bare.same(seen, expected)


MODELS = {
    "linear": lambda: nn.Linear(6, 6),
    "bilinear": lambda: nn.Bilinear(6, 6, 3),
    "gru": lambda: nn.GRU(6, 6, batch_first=True),
    "rnn": lambda: nn.RNN(6, 6, 2, batch_first=True, dropout=0.5),
    "lstm": lambda: nn.LSTM(6, 6, bidirectional=True),
    "attention": lambda: nn.MultiheadAttention(6, 2, dropout=0.5),
    "encoder": lambda: nn.TransformerEncoderLayer(6, 2, 8),
}


@settings(max_examples=60, deadline=None)
@given(
    name=st.sampled_from(sorted(MODELS)),
    dims=st.permutations([0, 1]),
    sizes=st.tuples(st.integers(1, 5), st.integers(1, 5)),
    training=st.booleans(),
    grad=st.sampled_from(GRADS),
    autocast=st.booleans(),
    made_in_inference=st.booleans(),
)
def test_a_layer_on_a_tensor_of_any_strides(name, dims, sizes, training, grad, autocast, made_in_inference):
    autocast = autocast and (name != "bilinear" or grad == "inference_mode")  # see docs/usage.md, Limits
    with torch.random.fork_rng():
        torch.manual_seed(3)
        model = MODELS[name]().train(training)
        with torch.inference_mode(made_in_inference and grad == "inference_mode"):
            x = torch.randn(*sizes, 6).transpose(*dims)
        args = {"attention": (x, x, x), "bilinear": (x, x)}.get(name, (x,))

        def call():
            with torch.autocast("cpu", enabled=autocast):
                return model(*args)

        found = []
        for observed in (False, True):
            torch.manual_seed(4)
            with bare.grad(grad), warnings.catch_warnings():
                warnings.simplefilter("ignore")
                if observed:
                    seen = observe_call(call)
                    outcome = (seen.value, seen.error and seen.error.message)
                else:
                    value, raised = bare.run(call)
                    outcome = (value, raised and str(raised))
            found.append((outcome, torch.get_rng_state()))
    assert bare.same(*found)


@pytest.mark.parametrize("grad", GRADS)
def test_tensors_of_inference_mode(grad):
    with torch.inference_mode():
        x, w = torch.randn(2, 4, 6).transpose(0, 1), torch.randn(6, 6)
    with bare.grad(grad):
        for call in (
            lambda: torch.matmul(x, w),
            lambda: nn.functional.linear(x, w),
            lambda: torch.einsum("abc,cd", x, w),
        ):
            assert bare.same(observe_call(call).value, call())


@pytest.mark.parametrize("grad", GRADS)
def test_numbers_that_are_not_conjugated_yet(grad):
    x = torch.randn(3, 4, 4, dtype=torch.complex64)
    with bare.grad(grad):
        for call in (
            lambda: torch.linalg.pinv(x),
            lambda: torch.linalg.pinv(x.conj()),
            lambda: torch.matmul(x.conj(), x.mT),
            lambda: torch.fft.hfft2(x.conj()),
            lambda: x.imag.neg().kron(x.real),
        ):
            assert bare.same(observe_call(call).value, call())


class Recomposes(TorchDispatchMode):
    """A mode of the caller's that calls a composed operation itself."""

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        if func is torch.ops.aten.relu.default:
            return torch.matmul(args[0].transpose(0, 1), torch.ones(6, 6)).transpose(0, 1)
        return func(*args, **(kwargs or {}))


@pytest.mark.parametrize("grad", GRADS)
def test_an_operation_that_a_mode_of_the_callers_calls(grad):
    model, x = nn.Linear(6, 6), torch.randn(2, 4, 6).transpose(0, 1)

    def inside():
        with Recomposes():
            return torch.relu(model(x))

    with bare.grad(grad):
        assert bare.same(observe_call(inside).value, inside())
        with Recomposes():
            assert bare.same(observe_call(lambda: torch.relu(model(x))).value, torch.relu(model(x)))


class Counts(TorchDispatchMode):
    """Counts the operations that torch dispatches."""

    def __init__(self):
        super().__init__()
        self.seen = Counter()

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        self.seen[func] += 1
        return func(*args, **(kwargs or {}))


class GoesBack(nn.Module):
    """Calls `backward()` in its forward, with hooks on its parameters."""

    def __init__(self, hook, layers, create_graph):
        super().__init__()
        self.layers = nn.ModuleList(nn.Linear(3, 3) for _ in range(layers))
        self.create_graph = create_graph
        for parameter in self.parameters():
            if hook == "sees":
                parameter.register_hook(lambda gradient: None)
            elif hook == "keeps a local":
                parameter.register_hook(keeps_a_local)
            elif hook == "replaces":
                parameter.register_hook(lambda gradient: gradient * 2)
            elif hook == "afterwards":
                parameter.register_post_accumulate_grad_hook(lambda parameter: None)
        if hook == "module":
            for layer in self.layers:
                layer.register_full_backward_hook(lambda module, gradient, given: None)

    def forward(self, x):
        for layer in self.layers:
            x = layer(x).relu() + x
        x.sum().backward(create_graph=self.create_graph)
        return [parameter.grad for parameter in self.parameters()]


def keeps_a_local(gradient):
    scaled = gradient + 1
    nothing = None
    del scaled
    return nothing


@settings(max_examples=25, deadline=None)
@given(
    hook=st.sampled_from(["none", "sees", "keeps a local", "replaces", "afterwards", "module"]),
    layers=st.integers(1, 3),
    create_graph=st.booleans(),
    twice=st.booleans(),
)
def test_backward_inside_the_call_runs_the_operations_of_the_bare_call(hook, layers, create_graph, twice):
    found = []
    with torch.random.fork_rng(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for observed in (False, True):
            torch.manual_seed(0)
            model = GoesBack(hook, layers, create_graph)
            x = torch.randn(2, 3)
            if twice:
                model(x)
            with Counts() as mode:
                gradients = observe_call(model, x).value if observed else model(x)
            found.append((mode.seen, [each.clone() if isinstance(each, Tensor) else each for each in gradients]))
            for parameter in model.parameters():  # otherwise a graph through the gradients keeps itself alive
                parameter.grad = None
    (bare_operations, bare_gradients), (operations, gradients) = found
    assert operations == bare_operations
    assert bare.same(gradients, bare_gradients)
