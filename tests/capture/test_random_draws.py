"""Who drew at random is what a bare run of each operation says: the generator moved, or it did not."""

import random

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import nn

from explorer import observe_call
from tests.helpers.bare import moved_generator

SOURCES = {
    "torch": lambda: torch.rand(2),
    "random": random.random,
    "numpy": lambda: np.random.rand(2),
}


@pytest.mark.parametrize("grad", ["enable_grad", "no_grad", "inference_mode"])
@pytest.mark.parametrize(
    "call",
    [
        *(lambda x, p=p: F.dropout(x, p) for p in (0.0, 0.5, 1.0)),
        lambda x: F.dropout(x, training=False),
        lambda x: F.rrelu(x, training=True),
        F.rrelu,
        lambda x: F.alpha_dropout(x, training=True),
        lambda x: F.feature_alpha_dropout(x, training=True),
        lambda x: F.dropout2d(x),
        lambda x: F.scaled_dot_product_attention(x, x, x, dropout_p=0.5),
        lambda x: F.scaled_dot_product_attention(x, x, x),
        torch.bernoulli,
        torch.randn_like,
        lambda x: torch.empty_like(x).uniform_(),
        lambda x: torch.multinomial(x[0], 1),
        lambda x: torch.normal(0.0, 1.0, (2,)),
        lambda x: torch.poisson(x),
        lambda x: F.gumbel_softmax(x),
        torch.zeros_like,
    ],
)
def test_an_operation_drew_where_the_generator_moved(call, grad):
    given = torch.full((1, 4, 4), 0.5)
    with getattr(torch, grad)():
        moved = moved_generator(call, given)
        seen = observe_call(call, given)
    assert any(node.drew for node in seen.graph.nodes) == moved
    assert seen.drawn_from == (("torch",) if moved else ())


def test_a_generator_of_its_own_is_compared_too():
    generator = torch.Generator()
    seen = observe_call(lambda: torch.rand(2, generator=generator))
    assert [node.drew for node in seen.graph.nodes if node.operation == "rand"] == [True]
    assert seen.drawn_from == ()


def test_each_operation_is_told_from_the_next():
    seen = observe_call(nn.Sequential(nn.Dropout(), nn.Linear(3, 3), nn.Dropout(0.0), nn.ReLU()), torch.ones(2, 3))
    assert [(node.operation, node.drew) for node in seen.graph.nodes if node.kind == "operation"] == [
        ("dropout", True),
        ("linear", False),
        ("relu", False),
    ]


@pytest.mark.parametrize("source", SOURCES)
def test_where_numbers_were_drawn_from(source):
    assert observe_call(SOURCES[source]).drawn_from == (source,)


def test_the_flag_of_each_module_and_whether_it_is_registered():
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.known, self.listed = nn.Linear(3, 3), [nn.Dropout()]

        def forward(self, x):
            self.late = nn.ReLU()
            return self.late(self.listed[0](self.known(x)))

    calls = observe_call(Net().eval(), torch.ones(2, 3)).graph.calls
    assert [(call.module_class, call.training, call.registered) for call in calls] == [
        ("Net", False, True),
        ("Linear", False, True),
        ("Dropout", True, False),
        ("ReLU", True, True),
    ]
