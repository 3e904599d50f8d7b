"""An experiment's record is its own: whatever modes and global hooks the caller has, it is the same, and they stay."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
import torch
from torch.nn.modules import module as module_source
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode

from explorer import Experiment, observe, study_dropout
from explorer.runtime.isolation import GLOBAL_HOOK_FLAG
from tests.helpers import bare


class Functions(TorchFunctionMode):
    def __torch_function__(self, function, types, args=(), kwargs=None):
        return function(*args, **(kwargs or {}))


class Dispatches(TorchDispatchMode):
    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        return function(*args, **(kwargs or {}))


@contextmanager
def default_device() -> Iterator[None]:
    torch.set_default_device("meta")
    try:
        yield
    finally:
        torch.set_default_device(None)


@contextmanager
def two_modes() -> Iterator[None]:
    with Functions(), Functions(), Dispatches():
        yield


@contextmanager
def global_hooks() -> Iterator[None]:
    handles = [
        module_source.register_module_forward_hook(lambda module, args, output: output * 2),
        module_source.register_module_full_backward_hook(lambda module, gave, got: None),
    ]
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()
        setattr(module_source, GLOBAL_HOOK_FLAG, None)  # torch leaves it as it is


@contextmanager
def autocast() -> Iterator[None]:
    with torch.autocast("cpu", torch.bfloat16):
        yield


SURROUNDINGS = [default_device, two_modes, global_hooks, autocast, torch.inference_mode, torch.no_grad]


@pytest.mark.parametrize("around", SURROUNDINGS)
@pytest.mark.parametrize("model", ["example", "batchnorm", "transformer"])
def test_a_record_does_not_depend_on_where_it_is_made(model: str, around: Callable[[], Iterator[None]]) -> None:
    experiment = Experiment(model=model, backward=True, seed=3)
    alone = observe(experiment)
    with around():
        before = bare.state()
        inside = observe(experiment)
        assert bare.differing(before, bare.state()) == []
    assert inside == alone
    assert inside.to_json() == alone.to_json()


@pytest.mark.parametrize("around", SURROUNDINGS)
def test_a_study_does_not_depend_on_it_either(around: Callable[[], Iterator[None]]) -> None:
    experiment = Experiment(model="dropout")
    alone = study_dropout(experiment, 40)
    with around():
        inside = study_dropout(experiment, 40)
        assert inside.theory is not None  # found here, and kept
    assert inside.samples.tolist() == alone.samples.tolist()
    assert alone.theory is not None
    assert inside.theory.tolist() == alone.theory.tolist()


def test_the_callers_modes_are_there_again_afterwards() -> None:
    seen: list[str] = []

    class Noting(TorchFunctionMode):
        def __torch_function__(self, function, types, args=(), kwargs=None):
            seen.append(function.__name__)
            return function(*args, **(kwargs or {}))

    with Noting(), torch.autocast("cpu", torch.bfloat16):
        observe(Experiment(model="simple"))
        assert seen == []
        assert (torch.ones(1, 1) @ torch.ones(1, 1)).dtype == torch.bfloat16
    assert "matmul" in seen
