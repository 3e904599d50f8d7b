"""What a mode led to: statistics, gradients in containers, inference tensors."""

import dataclasses
from collections import namedtuple

import pytest
import torch
from torch import nn

from explorer import observe_call

with torch.inference_mode():
    INFERENCE = torch.ones(2, 3)


class Gives(nn.Module):
    def __init__(self, form):
        super().__init__()
        self.linear, self.form = nn.Linear(3, 2), form

    def forward(self, x):
        return self.form(self.linear(x))


@dataclasses.dataclass
class Result:
    logits: object


class Plain:
    def __init__(self, y):
        self.kept = [y]


Named = namedtuple("Named", "name y")
FORMS = [
    lambda y: y,
    lambda y: {"y": y},
    lambda y: (1, y),
    lambda y: {"y": (y,)},
    Result,
    Plain,
    lambda y: Named("y", y),
    lambda y: {"y": Result(y)},
]


@pytest.mark.parametrize("form", FORMS)
def test_gradients_of_tensors_in_a_container(form):
    model = Gives(form).eval()
    assert any("Eval mode did not turn gradients off" in note for note in observe_call(model, torch.ones(2, 3)).notes)
    with torch.no_grad():
        found = observe_call(model, torch.ones(2, 3)).notes
    assert any("autograd recorded nothing" in note for note in found)
    assert not any("did not turn gradients off" in note for note in found)


@pytest.mark.parametrize("given", [INFERENCE, torch.ones(2, 3)])
@pytest.mark.parametrize("grad", ["enable_grad", "no_grad", "inference_mode"])
def test_an_inference_tensor_meets_autograd(given, grad):
    model = nn.Linear(3, 2)
    with getattr(torch, grad)():
        try:
            model(given)
            raised = False
        except RuntimeError:
            raised = True
        found = [note for note in observe_call(model, given).notes if "inference tensor" in note]
    assert raised == (given is INFERENCE and grad == "enable_grad")
    assert len(found) == raised
    for note in found:
        assert "(input `0` is one)" in note


class Counts(nn.Module):
    """Moves a buffer with a well-known name, whatever its mode."""

    def __init__(self):
        super().__init__()
        self.register_buffer("running_mean", torch.zeros(()))

    def forward(self, x):
        self.running_mean += 1
        return x


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("own", [True, False])
def test_statistics_that_moved(training, own):
    model = nn.Sequential(nn.BatchNorm1d(3)).train(training)
    model[0].train(own)
    found = [note for note in observe_call(model, torch.rand(4, 3)).notes if "running statistics" in note]
    assert len(found) == own
    for note in found:
        assert ("Each module has a `training` flag of its own, and here it is True." in note) is not training
    (note,) = [
        note for note in observe_call(nn.Sequential(Counts()).eval(), torch.rand(4, 3)).notes if "running" in note
    ]
    assert "In train mode" not in note


def test_statistics_of_what_is_called_itself():
    (note, *_) = [note for note in observe_call(nn.BatchNorm1d(3), torch.rand(4, 3)).notes if "running" in note]
    assert note == "This call changed the running statistics of `BatchNorm1d`. In train mode each call updates them."


def test_an_inference_tensor_that_is_written_to():
    found = [note for note in observe_call(INFERENCE.add_, 1).notes if "inference tensor" in note]
    assert [note.partition(": ")[2].partition(". ")[0] for note in found] == [
        "outside of inference mode nothing may write into it"
    ]
