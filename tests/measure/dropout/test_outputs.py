"""Whatever a call returns becomes one row of numbers, in order; what has none is refused in a sentence."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from explorer.experiment import Experiment
from explorer.measure.dropout import StudyError
from explorer.measure.dropout import calls as calls_module


def rows(*outputs: Any) -> np.ndarray:
    return calls_module.read_outputs(list(outputs))


@pytest.mark.parametrize(
    ("outputs", "expected"),
    [
        ([torch.tensor([[1.0, 2.0]]), torch.tensor([[3.0, 4.0]])], [[1, 2], [3, 4]]),
        ([torch.tensor(1.5), torch.tensor(-2.0)], [[1.5], [-2]]),
        ([2.5, 3], [[2.5], [3]]),
        ([(torch.tensor([1.0]), None, 2.0)] * 2, [[1, 2], [1, 2]]),
        ([{"a": torch.tensor([1.0, 2.0]), "b": [torch.tensor(3.0)]}], [[1, 2, 3]]),
        ([torch.tensor([True, False])], [[1, 0]]),
        ([torch.tensor([1.5, -3.0], dtype=torch.bfloat16)], [[1.5, -3]]),
        ([torch.tensor([2**40])], [[2**40]]),
        ([torch.arange(6.0).reshape(2, 3).T], [[0, 3, 1, 4, 2, 5]]),
        ([torch.nn.Parameter(torch.ones(2))], [[1, 1]]),
        ([torch.eye(2).to_sparse()] * 2, [[1, 0, 0, 1]] * 2),
    ],
)
@pytest.mark.parametrize("grad", [True, False])
def test_every_number_of_an_output_is_a_unit(outputs: list[Any], expected: list[list[float]], grad: bool) -> None:
    with torch.set_grad_enabled(grad):
        found = rows(*outputs)
        assert torch.is_grad_enabled() is grad
    assert found.tolist() == expected
    assert found.dtype in (np.float32, np.float64)


def test_outputs_with_a_graph_keep_it_and_are_read_without() -> None:
    weight = torch.ones(3, requires_grad=True)
    outputs = [weight * 2, weight * 3]
    assert rows(*outputs).tolist() == [[2] * 3, [3] * 3]
    assert [type(output.grad_fn).__name__ for output in outputs] == ["MulBackward0"] * 2


@pytest.mark.parametrize(
    ("outputs", "message"),
    [
        ([torch.ones(2), torch.ones(3)], "shape changes from call to call"),
        ([[torch.ones(2)], [torch.ones(3)]], "shape changes from call to call"),
        ([torch.ones(2, dtype=torch.complex64)], "complex"),
        ([torch.nested.nested_tensor([torch.ones(2), torch.ones(3)])] * 2, "cannot be read as numbers: Internal error"),
        ([None], "a NoneType, which holds no numbers"),
        (["text"], "a str, which holds no numbers"),
        ([()], "a tuple, which holds no numbers"),
        ([(None, None)], "a tuple, which holds no numbers"),
        ([{}], "a dict, which holds no numbers"),
        ([torch.ones(2, device="meta")], "cannot be read as numbers"),
        ([(torch.eye(2).to_sparse(),)], "cannot be read as numbers"),
    ],
)
def test_what_has_no_row_is_refused_in_a_sentence(outputs: list[Any], message: str) -> None:
    with pytest.raises(StudyError, match=message):
        rows(*outputs)


def test_an_empty_output_has_nothing_to_study() -> None:
    with pytest.raises(StudyError, match="nothing but empty tensors"):
        calls_module.read_output(torch.empty(0, 3))


def test_an_output_that_grows_from_one_reading_to_the_next_has_no_fixed_units(monkeypatch: pytest.MonkeyPatch) -> None:
    source = calls_module.RepeatedCalls(Experiment(model="dropout"))
    call, made = source.call, 0

    def growing(x: torch.Tensor) -> torch.Tensor:
        nonlocal made
        made += 1
        return torch.cat([call(x)] * (1 if made <= 3 else 2))

    monkeypatch.setattr(source, "call", growing)
    with pytest.raises(StudyError, match="One call gave 3 numbers and another 6; there are no fixed units"):
        source.advance(20)
