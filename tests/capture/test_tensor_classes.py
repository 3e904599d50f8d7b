"""A tensor class of the caller's sees the operations of the call, and none that we read its tensors by."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from gc import collect
from typing import Any
from weakref import ref

import pytest
import torch
from torch import Tensor, nn
from torch.utils._pytree import tree_map

from explorer.observe import observe_call


def _tensor_class(*, wraps: bool, raises: bool, seen: list[str]) -> Callable[[Tensor], Tensor]:
    """Return what makes a tensor of a class of the caller's. seen: gets the operations that the class is sent."""

    class Seeing(Tensor):
        @classmethod
        def __torch_dispatch__(cls, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
            seen.append(str(func))
            if raises:
                raise NotImplementedError
            inner_args, inner_kwargs = tree_map(_inner, (args, kwargs or {}))
            result = func(*inner_args, **inner_kwargs)
            return make(result) if isinstance(result, Tensor) else result

    def _inner(value: Any) -> Any:
        return value.inner if type(value) is Seeing else value

    def make(inner: Tensor) -> Tensor:
        made: Any = (
            Tensor._make_wrapper_subclass(Seeing, inner.shape, dtype=inner.dtype)
            if wraps
            else Tensor._make_subclass(Seeing, inner)
        )
        made.inner = inner
        return made

    return make


class _Same(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return x


class _Adds(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return x + 1


class _Writes(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        x.add_(1)
        self.kept = x
        held = [x]
        return held[0]


class _Views(nn.Module):
    def forward(self, x: Tensor) -> dict[str, Tensor]:
        y = x.view(1, 3)
        y += 1
        return {"view": y, "whole": x}


class _Conjugates(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        y = x * (1 + 1j)
        return y.conj()


class _Buffer(nn.Module):
    def __init__(self, buffer: Tensor) -> None:
        super().__init__()
        self.register_buffer("total", buffer)

    def forward(self, x: Tensor) -> Tensor:
        self.total.mul_(2)
        return x * self.total


MODELS: list[Callable[[Tensor], nn.Module]] = [
    lambda _: _Same(),
    lambda _: _Adds(),
    lambda _: _Writes(),
    lambda _: _Views(),
    lambda _: _Conjugates(),
    lambda _: nn.Linear(3, 2),
    _Buffer,
]


@pytest.mark.parametrize("wraps", [False, True])
@pytest.mark.parametrize("raises", [False, True])
@pytest.mark.parametrize("build", MODELS)
def test_its_class_sees_what_it_sees_of_a_bare_call(
    build: Callable[[Tensor], nn.Module], wraps: bool, raises: bool
) -> None:
    def run(call: Callable[[nn.Module, Tensor], object]) -> list[str]:
        seen: list[str] = []
        tensor = _tensor_class(wraps=wraps, raises=raises, seen=seen)(torch.ones(3))
        model = build(tensor)
        try:
            call(model, tensor)
        except NotImplementedError:
            assert raises
        return seen

    def observed(model: nn.Module, tensor: Tensor) -> None:
        observation = observe_call(model, tensor, reraise=True)
        assert observation.output is not None
        assert observation.graph.nodes
        assert str(observation.inputs)

    assert run(observed) == run(lambda model, tensor: model(tensor))


def test_fake_tensors_do_not_end_the_process() -> None:
    script = (
        "import torch\n"
        "from torch import nn\n"
        "from torch._subclasses.fake_tensor import FakeTensorMode\n"
        "from explorer.observe import observe_call\n"
        "with FakeTensorMode():\n"
        "    made = observe_call(nn.Linear(2, 2), torch.ones(3, 2))\n"
        "print(made.error, made.output.tensor.shape, [node.operation for node in made.graph.nodes])\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("None (3, 2)")
    assert "linear" in done.stdout


def test_a_record_without_its_value_keeps_no_tensor() -> None:
    observation = observe_call(nn.Identity(), torch.ones(3) + 1)
    value = ref(observation.value)
    left = replace(observation, value=None)
    del observation
    collect()
    assert value() is None
    assert left.notes is not None
