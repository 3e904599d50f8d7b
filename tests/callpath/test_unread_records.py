"""What a record keeps of small tensors until it is read changes nothing of what it says."""

import pytest
import torch
from torch import nn

from explorer import Experiment, observe, observe_call
from explorer.callpath import held, look, snapshots


@pytest.mark.parametrize("model", ["batchnorm", "transformer", "inplace-relu", "resnet18"])
@pytest.mark.parametrize("room", [0, 2000])
def test_without_room_the_figures_are_made_at_once_and_are_the_same(
    model: str, room: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = observe(Experiment(model=model, backward=True)).to_json()
    monkeypatch.setattr(snapshots, "HELD_BYTES", room)
    assert observe(Experiment(model=model, backward=True)).to_json() == wanted


@pytest.mark.parametrize("model", ["batchnorm", "inplace-relu"])
def test_it_is_the_same_whether_a_tensor_counts_as_small_or_not(model: str, monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = observe(Experiment(model=model)).to_json()
    monkeypatch.setattr(look, "HELD_LIMIT", 0)
    assert held.HELD_LIMIT > 0  # buffers are watched all the same
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
    assert [list(moved.after.tensor.preview) for moved in found.moved if moved.name == "running_mean"] == [mean]
