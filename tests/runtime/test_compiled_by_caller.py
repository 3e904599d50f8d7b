"""A model that the caller compiled: an observed call uses what is compiled, and compiles where a plain one would."""

import subprocess
import sys
import warnings

import pytest
import torch
import torch._dynamo
from torch import Tensor, nn

from explorer import observe_call
from tests.helpers import bare


class Two(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.first, self.second = Doubling(), nn.Linear(3, 2)

    def forward(self, x: Tensor) -> Tensor:
        return self.second(self.first(x).relu())


class Doubling(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.linear = nn.Linear(4, 3)

    def forward(self, x: Tensor) -> Tensor:
        return self.linear(x) * 2


class Counting:
    """A backend that runs the graph as it is, and counts how many it was given."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self, graph, inputs):
        self.count += 1
        return graph.forward


@pytest.fixture(autouse=True)
def nothing_compiled():
    torch._dynamo.reset()
    yield
    torch._dynamo.reset()


def wholly(model, backend):
    model.compile(backend=backend)
    return model


def in_part(model, backend):
    model.first.compile(backend=backend)
    return model


def wrapped(model, backend):
    return torch.compile(model, backend=backend)


def wrapped_in_part(model, backend):
    model.first = torch.compile(model.first, backend=backend)
    return model


def a_function(model, backend):
    return torch.compile(lambda x: model(x) + 1, backend=backend)


WAYS = [wholly, in_part, wrapped, wrapped_in_part, a_function]


def torchs(lines):
    """Of the lines that ran those of `torch/nn`."""
    return {file: set(ran) for file, ran in lines.items() if file.startswith(bare.MODULES) and ran}


def hooked(module, args, output):
    return output + 1


@pytest.mark.parametrize("hook", [False, True], ids=["", "hook"])
@pytest.mark.parametrize("grad", ["enabled", "no_grad"])
@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
def test_what_is_compiled_is_used_and_nothing_is_compiled_anew(way, grad, hook):
    backend, x = Counting(), torch.ones(2, 4)
    model = Two()
    if hook:
        model.first.register_forward_hook(hooked)
    called = way(model, backend)
    with bare.grad(grad):
        called(x)
        compiled = backend.count
        assert compiled
        expected, raised, lines = bare.traced(lambda: called(x))
        assert raised is None
        assert backend.count == compiled
        for _ in range(3):
            seen = observe_call(called, x)
            assert torch.equal(seen.value, expected)
            assert torchs(seen.trace.executed_lines) == torchs(lines)
            assert len(seen.trace.steps) < 80
        called(x)
    assert backend.count == compiled


def test_a_first_call_compiles_as_a_plain_one_does():
    plain, observed, x = Counting(), Counting(), torch.ones(2, 4)
    wholly(Two(), plain)(x)
    torch._dynamo.reset()
    model = wholly(Two(), observed)
    first = observe_call(model, x)
    assert observed.count == plain.count == 1
    model(x)
    second = observe_call(model, x)
    assert observed.count == 1
    assert first.error is None
    assert torch.equal(first.value, second.value)
    assert steps(first) == steps(second)  # what the compiler ran is not the call


def steps(seen):
    return [(step.kind, step.frame, step.line) for step in seen.trace.steps]


def test_an_exception_ends_the_compiling_too():
    def broken(graph, inputs):
        raise ZeroDivisionError

    seen = observe_call(wholly(Two(), broken), torch.ones(2, 4))
    assert seen.error.type == "BackendCompilerFailed"
    assert [frame.function for frame in seen.trace.frames] == ["Module._wrapped_call_impl", "Module._call_impl"]
    assert seen.trace.steps[-1].kind == "exception"


def test_nothing_of_ours_is_offered_to_the_compiler(monkeypatch):
    offered = []
    take = torch._dynamo.convert_frame.CatchErrorsWrapper.__call__

    def taking(self, frame, *rest):
        offered.append(frame.f_code.co_filename)
        return take(self, frame, *rest)

    monkeypatch.setattr(torch._dynamo.convert_frame.CatchErrorsWrapper, "__call__", taking)
    model = in_part(Two(), Counting())
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        observe_call(model, torch.ones(2, 4))
        observe_call(model, torch.ones(3, 4))
    assert __file__ in offered
    assert [file for file in offered if "/explorer/" in file] == []


def test_an_eager_call_does_not_load_the_compiler():
    code = (
        "import sys, torch; from explorer import observe_call; observe_call(torch.nn.Linear(2, 2), torch.ones(1, 2));"
        "assert 'torch._dynamo' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
