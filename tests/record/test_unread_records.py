"""What a record keeps of small tensors until it is read changes nothing of what it says."""

import sys

import pytest
import torch
from torch import nn

from explorer import Experiment, observe, observe_call
from explorer.capture.values import snapshot, snapshots, stored_elements
from explorer.experiment.prepare import PreparedCall
from explorer.record import Observation


@pytest.mark.slow
@pytest.mark.parametrize("model", ["batchnorm", "transformer", "inplace-relu", "resnet18"])
@pytest.mark.parametrize("room", [0, 2000])
def test_without_room_the_figures_are_made_at_once_and_are_the_same(
    model: str, room: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = observe(Experiment(model=model, backward=True)).to_json()
    monkeypatch.setattr(snapshots, "UNREAD_BYTES", room)
    assert observe(Experiment(model=model, backward=True)).to_json() == wanted


@pytest.mark.parametrize("model", ["batchnorm", "inplace-relu"])
def test_it_is_the_same_whether_a_tensor_counts_as_small_or_not(model: str, monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = observe(Experiment(model=model)).to_json()
    monkeypatch.setattr(snapshot, "EXACT_LIMIT", 0)
    assert observe(Experiment(model=model)).to_json() == wanted


def test_what_happens_to_the_tensors_before_the_record_is_read_is_not_in_it() -> None:
    model, x = nn.BatchNorm1d(3), torch.randn(4, 3)
    found = observe_call(model, x)
    first, mean = x[0, 0].item(), model.running_mean.tolist()
    x.fill_(7)
    model.running_mean.fill_(8)
    assert found.value is not None
    found.value.data.fill_(9)
    assert found.inputs[0][1].tensor is not None
    assert found.inputs[0][1].tensor.preview[0] == first
    shown = [change.value for step in found.trace.steps for change in step.changes]
    assert all(value.tensor is None or not {7.0, 8.0, 9.0} & set(value.tensor.preview) for value in shown)
    assert [list(moved.after.tensor.preview) for moved in found.changed_buffers if moved.name == "running_mean"] == [
        mean
    ]


class Remembers(nn.Module):
    """Keeps what it made, and writes to it at the next call, or in a hook that `backward()` runs."""

    def __init__(self) -> None:
        super().__init__()
        self.made: list[torch.Tensor] = []

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        for tensor in self.made:
            tensor.fill_(9)
        made = x * 2
        self.made.append(made.detach())
        if made.requires_grad:
            made.register_hook(lambda _: self.made[-1].fill_(9) and None)
        return made.sum()


def shown(found: Observation) -> list[tuple[float | str, ...]]:
    changes = [change for step in found.trace.steps for change in step.changes if change.name == "made"]
    return [change.value.tensor.preview for change in changes if change.value.tensor is not None]


def test_what_the_next_call_writes_to_the_models_own_memory_is_not_in_the_record() -> None:
    model = Remembers()
    first, second = (observe_call(model, torch.ones(20, 30)) for _ in range(2))
    assert shown(first) == shown(second) == [(2.0,) * 6]


@pytest.mark.parametrize("backward", [False, True])
def test_what_a_hook_of_backward_writes_is_not_in_what_the_call_made(
    backward: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    x = torch.ones(20, 30, requires_grad=True)
    prepared = PreparedCall(Remembers(), (x,))
    monkeypatch.setattr(sys.modules["explorer.observe"], "prepare", lambda _: prepared)
    assert shown(observe(Experiment(backward=backward))) == [(2.0,) * 6]


def test_resnets_tensors_are_left_where_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    copied: list[bool] = []
    detach = stored_elements.StoredElements.detach_from_tensor

    def watched(self: stored_elements.StoredElements) -> None:
        detach(self)
        copied.append(not self.is_shared)

    monkeypatch.setattr(stored_elements.StoredElements, "detach_from_tensor", watched)
    observe(Experiment(model="resnet18"))
    assert len(copied) > 40
    # The input, which the record's first lines have read already, and one of the two that `flatten` gives one memory.
    assert sum(copied) <= 2
