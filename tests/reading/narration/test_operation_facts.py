"""What a sentence says of an operation, held against torch's own modules and functions, over many shapes."""

from __future__ import annotations

import re

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.nn import functional

from explorer import observe_call
from explorer.reading.narration.narrator import narrate
from explorer.reading.narration.operation_facts import what_it_did

sizes = st.integers(1, 6)


def done(model, *args) -> str:
    """Return what is said of the last operation of a call."""
    seen = observe_call(model, *args)
    return what_it_did([node for node in seen.graph.nodes if node.kind == "operation"][-1])


def numbers(text: str) -> list[int]:
    return [int(each.replace(",", "")) for each in re.findall(r"\d[\d,]*", text)]


@settings(max_examples=20, deadline=None)
@given(sizes, sizes, sizes, st.booleans())
def test_linear_has_the_figures_of_its_weight(rows, inputs, outputs, bias):
    layer = nn.Linear(inputs, outputs, bias=bias)
    text = done(layer, torch.ones(rows, inputs))
    assert numbers(text) == [outputs, *([rows] if rows > 1 else []), inputs]
    assert text.endswith("and a bias") is bias


@settings(max_examples=20, deadline=None)
@given(sizes, sizes, sizes, st.sampled_from((1, 2, 3)), st.sampled_from((1, 2, 3)))
def test_a_convolution_has_the_figures_of_its_module(batch, depth, filters, kernel, groups):
    layer = nn.Conv2d(depth * groups, filters * groups, kernel, groups=groups)
    text = done(layer, torch.ones(batch, depth * groups, 8, 8))
    if groups == 1 and batch == filters and kernel != 8:
        assert text == "", "the image could be the filters"
        return
    over = [depth * groups] if groups == 1 else [depth, depth * groups]
    assert numbers(text) == [filters * groups, *layer.kernel_size, *over]


@settings(max_examples=15, deadline=None)
@given(st.lists(sizes, min_size=1, max_size=3), st.integers(0, 2))
def test_argmax_says_how_many_places_it_found(shape, dimension):
    dimension = min(dimension, len(shape) - 1)
    found = torch.zeros(shape).argmax(dimension).numel()
    text = done(lambda t: t.argmax(dimension), torch.zeros(shape))
    assert numbers(text) == ([] if found == 1 else [found])


class LearnedImage(nn.Module):
    """Convolves a parameter with filters that it is given."""

    def __init__(self, *shape: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(shape))

    def forward(self, filters: Tensor, padding: int) -> Tensor:
        return functional.conv2d(self.weight, filters, padding=padding)


@settings(max_examples=20, deadline=None)
@given(sizes, sizes, st.integers(1, 4), st.integers(1, 8), st.integers(0, 3))
def test_a_parameter_that_is_the_image_is_not_told_as_filters(filters, depth, kernel, size, padding):
    size = max(kernel - 2 * padding, size)
    text = done(LearnedImage(filters, depth, size, size), torch.ones(filters, depth, kernel, kernel), padding)
    assert text == "" or numbers(text) == [filters, kernel, kernel, depth]


@settings(max_examples=15, deadline=None)
@given(st.integers(4, 12), st.integers(1, 3), st.integers(1, 3))
def test_pooling_says_the_sizes_before_and_after(size, kernel, stride):
    x = torch.ones(1, 2, size, size)
    layer = nn.MaxPool2d(kernel, stride)
    assert numbers(done(layer, x)) == [size, size, *layer(x).shape[-2:]]


@settings(max_examples=15, deadline=None)
@given(st.lists(sizes, min_size=2, max_size=4))
def test_another_shape_and_another_order_say_both_shapes(shape):
    x = torch.ones(shape)
    flat = done(lambda t: t.view(-1), x)
    assert numbers(flat) == [x.numel(), *shape, x.numel()]
    turned = x.transpose(0, -1)
    assert numbers(done(lambda t: t.transpose(0, -1), x)) == (
        [] if turned.shape == x.shape else [*shape, *turned.shape]
    )


@settings(max_examples=10, deadline=None)
@given(st.floats(0.1, 0.9), sizes)
def test_dropout_is_told_where_it_drew_alone(p, size):
    layer = nn.Dropout(p)
    assert numbers(done(layer, torch.ones(size))) == ([size, 0] if size > 1 else [0])
    seen = observe_call(layer.eval(), torch.ones(size))
    assert "draws at random" not in " ".join(narrate(seen))


IMAGE = torch.ones(2, 3, 4, 4)


@pytest.mark.parametrize("mode", [torch.enable_grad, torch.no_grad, torch.inference_mode])
@pytest.mark.parametrize(
    ("call", "given", "text"),
    [
        (nn.ReLU(), IMAGE, "sets each number below 0 to 0 and leaves the others"),
        (nn.Conv2d(3, 5, 3), IMAGE, "slides 5 filters of size 3x3 over 3 channels"),
        (nn.MaxPool2d(2), IMAGE, "takes the maximum of each window, from 4x4 to 2x2"),
        (nn.AdaptiveAvgPool2d(3), IMAGE, "takes the mean of each part of an image, from 4x4 to 3x3"),
        (nn.Flatten(), IMAGE, "puts the same 96 numbers in another shape, from 2x3x4x4 to 2x48"),
        (nn.Embedding(4, 2), torch.tensor([1, 2, 3]), "looks up a row of 2 numbers for each of 3 indices"),
        (nn.Embedding(4, 2), torch.tensor(1), "looks up a row of 2 numbers for its index"),
        (nn.Dropout(0.5), torch.ones(1), "draws at random for its number whether it becomes 0"),
        (
            nn.Linear(4, 2),
            torch.ones(3, 4),
            "makes 2 numbers for each of 3 rows, each a weighted sum of 4 numbers and a bias",
        ),
        (torch.argmax, torch.ones(3), "finds the place of the maximum"),
    ],
)
def test_the_same_is_said_in_each_grad_mode(mode, call, given, text):
    with mode():
        assert done(call, given) == text


def relu(x: Tensor) -> Tensor:
    """Do what is no relu."""
    return x + 1


@pytest.mark.parametrize(
    "call",
    [
        relu,
        lambda x: functional.conv2d(x, torch.ones(2, 3, 1, 1)),  # a weight that is no parameter
        lambda x: x.view(x.shape),  # the same shape
        lambda x: functional.max_pool2d(x, 2, return_indices=True),
        nn.ConvTranspose2d(3, 2, 2),
    ],
)
def test_less_is_said_where_the_record_does_not_prove_it(call):
    assert done(call, torch.ones(1, 3, 4, 4)) == ""


def test_an_operation_that_raises_is_said_to_run_and_no_more():
    layer = nn.Linear(3, 2)
    seen = observe_call(layer, torch.ones(1, 4))
    assert all(what_it_did(node) == "" for node in seen.graph.nodes if node.raised)


def long_or_strange(x: int) -> int:
    if x > 1 and x > 2 and x > 3 and x > 4 and x > 5 and x > 6 and x > 7 and x > 8:
        return 1
    if (
        max(
            x,
            0,
        )
        > 100
    ):
        return 2
    if x > 50:  # said as it stands
        return 3
    return 4


def test_a_condition_is_quoted_where_it_is_short_and_on_one_line():
    text = " ".join(narrate(observe_call(long_or_strange, 5)))
    assert re.findall(r"The condition `(.+?)`", text) == ["x > 50"]
