"""The lines of `Module.__getattr__` that ran, whatever is read through it and in whatever order."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from explorer import observe_call
from tests.helpers.bare import MODULE_FILE, traced

KINDS = ("weight", "bias", "running_mean", "child", "missing")  # parameter, parameter that is None, buffer, module


class Reads(nn.Module):
    """Reads these attributes, one by one."""

    def __init__(self, names):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(2))
        self.register_parameter("bias", None)
        self.register_buffer("running_mean", torch.zeros(2))
        self.child = nn.Identity()
        self.names = names

    def forward(self, x):
        for name in self.names:
            getattr(self, name, None)
        return x


def lines_of_module(names):
    """The lines of torch/nn/modules/module.py that a bare call of `Reads(names)` runs, and that ours has."""
    model, x = Reads(names), torch.ones(2)
    _, raised, bare = traced(lambda: model(x))
    assert raised is None
    return bare[MODULE_FILE], observe_call(Reads(names), x).trace.executed_lines[MODULE_FILE]


@given(st.lists(st.sampled_from(KINDS), max_size=8))
def test_they_are_those_of_a_bare_call(names):
    bare, ours = lines_of_module(names)
    assert ours == bare


@pytest.mark.parametrize("last", ["weight", "running_mean", "missing"])
def test_what_is_read_last_is_marked_although_no_line_is_traced_any_more(last):
    _, before = lines_of_module(["child", "child"])
    bare, ours = lines_of_module(["child", "child", last])
    assert ours == bare
    assert ours > before
