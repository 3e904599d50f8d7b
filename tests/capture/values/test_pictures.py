"""Pictures of tensors against means that plain Python takes of their elements."""

from __future__ import annotations

import itertools
from base64 import b64decode

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer import observe_call
from explorer.capture.values.pictures import picture_of
from explorer.record import Picture

shapes = st.lists(st.integers(1, 40), min_size=1, max_size=4).filter(lambda shape: 2 <= np.prod(shape) <= 20_000)


def runs(size: int, most: int) -> list[range]:
    """Return indices in runs that follow each other, as equally long as can be."""
    if size <= most:
        return [range(at, at + 1) for at in range(size)]
    starts = [at * size // most for at in range(most)] + [size]
    return [range(start, end) for start, end in itertools.pairwise(starts)]


def wanted(tensor: torch.Tensor) -> list[list[list[float]]]:
    """Return the mean of each cell, image by image, as the definition says it."""
    while tensor.dim() < 3:
        tensor = tensor[None]
    while tensor.dim() > 3:
        tensor = tensor[0]
    images, rows, columns = tensor.shape
    return [
        [
            [
                float(np.mean([float(tensor[image, i, j]) for i in some_rows for j in some_columns]))
                for some_columns in runs(columns, 64 if rows == 1 else 28)
            ]
            for some_rows in runs(rows, 28)
        ]
        for image in range(min(images, 16))
    ]


@settings(deadline=None)
@given(shapes, st.sampled_from((torch.float32, torch.float64, torch.float16, torch.bool)), st.integers(0, 1000))
def test_a_cell_is_the_mean_of_its_elements(shape: list[int], dtype: torch.dtype, seed: int) -> None:
    tensor = torch.randn(shape, generator=torch.Generator().manual_seed(seed)).mul(3).to(dtype)
    picture = picture_of(tensor.numpy().flatten(), tuple(shape))
    cells = np.array(wanted(tensor))
    assert picture is not None
    assert (picture.images, picture.rows, picture.columns) == cells.shape
    assert picture.minimum == pytest.approx(cells.min())
    assert picture.maximum == pytest.approx(cells.max())
    shown = np.frombuffer(b64decode(picture.cells), np.uint8).reshape(cells.shape)
    half_a_step = (picture.maximum - picture.minimum) / 255 / 2
    found = picture.minimum + shown / 255 * (picture.maximum - picture.minimum)
    assert np.abs(found - cells).max() <= half_a_step * 1.001 + 1e-9


@pytest.mark.parametrize(
    "tensor",
    [
        torch.tensor(1.0),  # a single number
        torch.ones(1, 1),
        torch.arange(9),  # token ids
        torch.tensor([1.0, float("nan"), 2.0]),
        torch.tensor([1.0, float("inf")]),
        torch.empty(0, 3),
        torch.randn(300, 300),  # of which evenly spaced elements are kept
        torch.ones(3, dtype=torch.complex64),
    ],
)
def test_there_is_none_where_there_is_nothing_to_see(tensor: torch.Tensor) -> None:
    given_tensor = observe_call(torch.neg, tensor).inputs[0][1].tensor
    assert given_tensor is not None
    assert given_tensor.picture is None


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("cells", [[float("inf"), float("-inf")], [float("nan"), 0.0]])
def test_what_is_not_finite_has_none_and_warns_of_nothing(cells: list[float]) -> None:
    assert picture_of(np.array(cells * 40), (80,)) is None


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("high", [5e-324, 1e-310, 1e-30, 1.0, 1e300])
def test_the_lowest_has_byte_0_and_the_highest_255(high: float) -> None:
    picture = picture_of(np.array([0.0, high]), (2,))
    assert picture is not None
    assert picture.cells == "AP8="


def test_a_constant_is_a_picture_too() -> None:
    assert picture_of(np.full(4, 2.5), (2, 2)) == Picture(1, 2, 2, 2.5, 2.5, "AAAAAA==")


def test_a_call_has_the_pictures_of_what_its_tensors_were_at_each_step() -> None:
    def double(x: torch.Tensor) -> torch.Tensor:
        x.mul_(2)
        return x

    seen = observe_call(double, torch.tensor([1.0, 3.0]))
    before = seen.inputs[0][1].tensor
    after = seen.output.tensor if seen.output is not None else None
    assert before is not None
    assert before.picture is not None
    assert after is not None
    assert after.picture is not None
    assert (before.picture.minimum, before.picture.maximum) == (1.0, 3.0)
    assert (after.picture.minimum, after.picture.maximum) == (2.0, 6.0)
