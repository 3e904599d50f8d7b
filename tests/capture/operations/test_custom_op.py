"""An operation that is written in Python: what it does is the call's, though it runs below the dispatcher."""

from functools import partial

import pytest
import torch
from torch import Tensor, nn

from explorer import observe_call
from tests.helpers import bare


@torch.library.custom_op("inside_model_tests::halve", mutates_args=())
def halve(x: Tensor) -> Tensor:
    if x.numel() == 0:
        raise ValueError("nothing to halve")
    parts = x * 0.5
    return parts + 0


class Halving(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return torch.relu(halve(x)) + 1


INPUTS = {"halves": torch.tensor([2.0, -4.0]), "raises": torch.empty(0)}


@pytest.mark.parametrize("grad", ["enabled", "no_grad", "inference_mode"])
@pytest.mark.parametrize("what", INPUTS)
def test_its_statements_are_those_of_a_bare_call(what, grad):
    model, x = Halving(), INPUTS[what]
    with bare.grad(grad):
        call = partial(model, x)
        bare.run(call)  # the first call of an operation sets it up, in Python
        value, raised, lines = bare.traced(call, __file__)
        before = bare.state()
        seen = observe_call(model, x)
        assert not bare.differing(before, bare.state())
    bare.assert_same_lines(seen.trace.executed_lines, lines)
    if what == "halves":
        assert torch.equal(seen.value, value)
        assert [node.operation for node in seen.graph.nodes if node.kind == "operation"][-2:] == ["relu", "add"]
    else:
        assert (seen.error.type, seen.error.message, seen.error.function) == ("ValueError", str(raised), "halve")
