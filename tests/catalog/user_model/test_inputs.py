"""The grammar of `--input`: what each form draws, and what each refusal says."""

from __future__ import annotations

from contextlib import suppress

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.catalog.user_model.inputs import BOOL, NORMAL, WHOLE, UserInput, UserModelError, read_input


def generator() -> torch.Generator:
    return torch.Generator().manual_seed(5)


@pytest.mark.parametrize(
    ("text", "shape", "dtype"),
    [
        ("1x3x28x28", (1, 3, 28, 28), torch.float32),
        ("7", (7,), torch.float32),
        ("float64:2x10", (2, 10), torch.float64),
        ("bfloat16:2x3", (2, 3), torch.bfloat16),
        ("int64:0..99:1x12", (1, 12), torch.int64),
        ("int8:-5..5:100", (100,), torch.int8),
        ("uint8:0..255:3x4", (3, 4), torch.uint8),
        ("bool:4x4", (4, 4), torch.bool),
    ],
)
def test_each_form_draws_its_shape_and_dtype(text: str, shape: tuple[int, ...], dtype: torch.dtype):
    drawn = read_input(text).draw(generator())
    assert (drawn.shape, drawn.dtype, drawn.requires_grad) == (shape, dtype, False)
    assert torch.equal(drawn, read_input(text).draw(generator()))


def test_floats_are_normal_and_whole_numbers_reach_both_bounds():
    floats = read_input("100000").draw(generator())
    assert abs(float(floats.mean())) < 0.02
    assert abs(float(floats.std()) - 1) < 0.02
    assert set(read_input("int64:-2..3:1000").draw(generator()).tolist()) == set(range(-2, 4))
    assert set(read_input("int32:7..7:10").draw(generator()).tolist()) == {7}
    assert set(read_input("bool:100").draw(generator()).tolist()) == {False, True}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is no shape"),
        ("1x3x", "is no shape"),
        ("1x-3", "is no shape"),
        ("0x3", "is no shape"),
        ("1X3", "is no shape"),
        ("1,3", "is no shape"),
        ("float32:0..1:1x3:4", "is no shape"),
        ("99999x99999", "9,999,800,001 elements"),
        ("float:1x3", "knows no dtype 'float'"),
        ("cuda:1x3", "knows no dtype 'cuda'"),
        ("__class__:1x3", "knows no dtype"),
        ("int64:1x12", "need bounds, both included: write --input int64:0..99:1x12"),
        ("int64:0-99:1x12", "are no bounds"),
        ("int64:9..1:1x12", "from a lower to a higher"),
        ("uint8:0..256:3", "within 0..255"),
        ("float32:0..1:3", "Only whole numbers have bounds: write --input float32:3"),
        ("bool:0..1:3", "Only whole numbers have bounds: write --input bool:3"),
    ],
)
def test_each_refusal_says_what_to_write(text: str, said: str):
    with pytest.raises(UserModelError) as raised:
        read_input(text)
    assert said in str(raised.value)
    assert str(raised.value).endswith(".")


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=30))
def test_any_other_text_is_refused_in_a_sentence(text: str):
    with suppress(UserModelError):
        assert read_input(text).shape


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.integers(1, 5), min_size=1, max_size=4),
    st.sampled_from((*NORMAL, *WHOLE, BOOL)),
    st.tuples(st.integers(0, 60), st.integers(0, 60)),
)
def test_the_python_that_is_shown_draws_the_same(shape: list[int], dtype: str, ends: tuple[int, int]):
    bounds = f":{min(ends)}..{max(ends)}" if dtype in WHOLE else ""
    made = read_input(f"{dtype}{bounds}:{'x'.join(map(str, shape))}")
    assert isinstance(made, UserInput)
    shown = eval(made.python(), {"torch": torch, "generator": generator()})
    drawn = made.draw(generator())
    assert shown.dtype == drawn.dtype
    assert torch.equal(shown, drawn)
