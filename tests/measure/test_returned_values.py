"""Returned values of any kind, compared part by part."""

from __future__ import annotations

import math
from collections import OrderedDict, namedtuple
from dataclasses import dataclass

import numpy as np
import pytest
import torch
from torch import Tensor

from explorer.measure.returned_values import largest_difference, leaf_values, same_bits, same_structure

NAN = float("nan")
Pair = namedtuple("Pair", "a b")


@dataclass
class Output:
    logits: Tensor
    hidden: tuple[Tensor, ...] = ()
    name: str = ""


class Raising:
    def __eq__(self, other):
        raise ZeroDivisionError

    __hash__ = None


class Plain:
    pass


def t(*numbers):
    return torch.tensor(numbers)


EQUAL = [
    (Output(t(1.0), (t(2.0),)), Output(t(1.0), (t(2.0),))),
    (np.array([1.0, NAN]), np.array([1.0, NAN])),
    (np.array([t(1.0), "x"], dtype=object), np.array([t(1.0), "x"], dtype=object)),
    (np.float32(NAN), np.float32(NAN)),
    (NAN, NAN),
    ({"a": t(1.0), "b": 2}, {"b": 2, "a": t(1.0)}),
    ({"a": [Output(t(NAN))]}, {"a": [Output(t(NAN))]}),
    (t(1 + 2j).conj(), t(1 + 2j).conj()),
    (torch.eye(2).to_sparse(), torch.eye(2).to_sparse()),
    (Pair(t(1.0), None), Pair(t(1.0), None)),
]
DIFFERENT = [
    (Output(t(1.0)), Output(t(2.0))),
    (Output(t(1.0), name="a"), Output(t(1.0), name="b")),
    (Output(t(1.0)), (t(1.0), (), "")),
    (np.array([1.0, 2.0]), np.array([1.0, 3.0])),
    (np.array([1.0, 2.0]), np.array([[1.0, 2.0]])),
    (np.array([1.0]), t(1.0)),
    (np.float32(1), np.float64(1)),
    ({"a": t(1.0)}, {"b": t(1.0)}),
    ({"a": t(1.0)}, OrderedDict(a=t(1.0))),
    (Pair(t(1.0), 1), (t(1.0), 1)),
    (0.0, -0.0),
    ([t(1.0)], [t(1.0), t(1.0)]),
    ([], {}),
    ((Raising(), 1), (Raising(), 2)),
]


@pytest.mark.parametrize(("one", "other"), EQUAL)
def test_equal(one, other):
    assert same_bits(one, other) is True
    assert same_structure(one, other)


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_different(one, other):
    assert same_bits(one, other) is False
    assert same_bits(other, one) is False


@pytest.mark.parametrize("kind", [Raising, Plain])
def test_what_cannot_be_told_is_not_told(kind):
    assert same_bits((t(1.0), kind()), (t(1.0), kind())) is None
    assert same_bits((t(1.0), kind()), (t(2.0), kind())) is False


def test_the_largest_difference_is_over_arrays_and_dataclasses():
    @dataclass
    class Numbers:
        a: object
        b: object

    assert largest_difference(Numbers(np.array([1, 2]), t(1.0)), Numbers(np.array([1, 5]), t(0.0))) == 3
    assert largest_difference({"a": NAN}, {"a": NAN}) is None
    assert largest_difference(Output(t(1.0)), Output(t(2.0))) is None  # a name is no number


def test_what_holds_itself_ends():
    one, other = [t(1.0)], [t(1.0)]
    one.append(one)
    other.append(other)
    assert same_bits(one, other) is True
    assert len(list(leaf_values(one))) == 1
    assert math.isclose(largest_difference(one, other), 0)
