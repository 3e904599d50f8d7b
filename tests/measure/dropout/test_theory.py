"""The closed form, against the formula by hand, exact enumeration of masks, and models it must not claim."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.nn import functional as F

from explorer.catalog import build, example_inputs
from explorer.experiment import Experiment, Hook
from explorer.measure.dropout import closed_form, study_dropout
from explorer.measure.dropout.theory import closed_form_of
from explorer.runtime.isolation import isolated


def of(model: nn.Module, x: Tensor) -> np.ndarray | None:
    with isolated(seed=0):
        return closed_form_of(model, (x,)).variance


@pytest.mark.parametrize("p", [0.05, 0.1, 0.3, 0.5, 0.9, 0.95])
def test_dropout_last(p: float) -> None:
    h = build("dropout", p=p).linear(*example_inputs("dropout")).detach().double().numpy().reshape(-1)
    found = closed_form(Experiment(model="dropout", p=p)).variance
    assert found is not None
    assert np.allclose(found, h**2 * p / (1 - p), rtol=1e-5)


@given(st.integers(1, 5), st.integers(1, 4), st.floats(0.05, 0.95), st.integers(0, 2**20))
@settings(max_examples=40, deadline=None)
def test_linear_after_dropout_equals_enumeration_of_all_masks(width: int, out: int, p: float, seed: int) -> None:
    generator = torch.Generator().manual_seed(seed)
    h = torch.randn(1, width, generator=generator)
    last = nn.Linear(width, out)
    with torch.no_grad():
        last.weight.copy_(torch.randn(out, width, generator=generator))
    found = of(nn.Sequential(nn.Dropout(p), last), h)
    masks = np.array(list(product((0, 1), repeat=width)))
    chance = np.prod(np.where(masks == 1, 1 - p, p), axis=1)
    outputs = (masks / (1 - p) * h.numpy()) @ last.weight.detach().double().numpy().T  # [masks, out]
    mean = chance @ outputs
    assert found is not None
    assert np.allclose(found, chance @ (outputs - mean) ** 2, rtol=1e-4, atol=1e-7)


class Between(nn.Module):
    """Dropout, and something after it."""

    def __init__(self, after: object) -> None:
        super().__init__()
        torch.manual_seed(1)
        self.dropout = nn.Dropout(0.4)
        self.linear = nn.Linear(4, 4)
        self.after = after

    def forward(self, x: Tensor) -> Tensor:
        return self.after(self.dropout(self.linear(x)))  # type: ignore[operator]


X = torch.arange(4.0).reshape(1, 4) + 0.5


@pytest.mark.parametrize(
    "after",
    [
        torch.relu,
        torch.tanh,
        lambda y: y * y,
        lambda y: 1 / y.add(9),
        torch.abs,
        lambda y: y.softmax(-1),
        lambda y: y @ y.T,
        lambda y: y.detach() * 1.0,
        lambda y: y.detach() + y,
        lambda y: y * (y.sum() > 3),
        lambda y: F.dropout(y, 0.2),
        nn.Dropout(0.3),
        nn.Sequential(nn.Linear(4, 4), nn.Dropout(0.3)),
        nn.Dropout1d(0.3),
        nn.Dropout(0.3, inplace=True),
        nn.LayerNorm(4),
        lambda y: y.max(-1, keepdim=True).values,
    ],
)
def test_claims_nothing_where_it_does_not_hold(after: object) -> None:
    assert of(Between(after), X) is None


@pytest.mark.parametrize(
    "after",
    [
        lambda y: y + 3,
        lambda y: -2 * y.view(2, 2).T.reshape(1, 4),
        lambda y: y.mean(-1),
        lambda y: torch.cat([y, y - 1], 1),
        lambda y: y / 7,
        nn.Linear(4, 2),
    ],
)
def test_claims_what_many_calls_confirm(after: object) -> None:
    model = Between(after)
    with torch.no_grad():
        outputs = torch.stack([model(X).reshape(-1) for _ in range(6000)]).double()
    found = of(model, X)
    assert found is not None
    assert np.allclose(found, outputs.var(0).numpy(), rtol=0.12)


@pytest.mark.parametrize("p", [0.0, 1.0])
def test_the_ends_of_p_have_no_variance(p: float) -> None:
    assert of(nn.Sequential(nn.Linear(4, 3), nn.Dropout(p)), X).tolist() == [0, 0, 0]  # type: ignore[union-attr]


@pytest.mark.parametrize("model", ["recurrent", "transformer"])
def test_none_for_dropout_inside_other_layers_but_zero_in_eval(model: str) -> None:
    assert closed_form(Experiment(model=model)).variance is None
    assert not closed_form(Experiment(model=model, training=False)).variance.any()  # type: ignore[union-attr]


@pytest.mark.parametrize("model", ["cnn", "simple", "batchnorm", "function"])
def test_zero_without_dropout(model: str) -> None:
    found = closed_form(Experiment(model=model)).variance
    assert found is not None
    assert not found.any()


def test_a_doubling_hook_quadruples_it() -> None:
    plain = closed_form(Experiment(model="dropout")).variance
    hooked = closed_form(Experiment(model="dropout", hooks=(Hook(at="dropout", action="double"),))).variance
    assert plain is not None
    assert np.allclose(hooked, 4 * plain)


@pytest.mark.parametrize("p", [0.1, 0.3, 0.5, 0.7, 0.9])
def test_measured_variance_agrees(p: float) -> None:
    inside = 0
    for seed in range(20):
        study = study_dropout(Experiment(model="dropout", p=p, seed=seed), 400)
        assert study.theory is not None
        inside += int(((study.interval[:, 0] <= study.theory) & (study.theory <= study.interval[:, 1])).sum())
    assert inside >= 51  # of 60; at 95 % each, fewer come in less than one of a thousand such tests
