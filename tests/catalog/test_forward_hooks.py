"""The hooks and their registration, against plain calls."""

from typing import Any, NamedTuple

import pytest
import torch

from explorer.catalog import build, example_inputs
from explorer.catalog.hooks import register
from explorer.catalog.hooks.forward import double, observe
from explorer.catalog.hooks.hook import Hook


def flat(output) -> list[torch.Tensor]:
    if isinstance(output, torch.Tensor):
        return [output]
    return [t for item in output or () for t in flat(item)]


def test_observe_leaves_the_output_alone():
    model, x = build("cnn"), example_inputs("cnn")
    plain = model(*x)
    register(model, [Hook("", "observe"), Hook("conv1", "observe")])
    assert torch.equal(model(*x), plain)
    assert observe(model, x, plain) is None


def test_double_on_the_outermost_module_doubles_for_the_call_and_not_for_forward():
    model, x = build("cnn"), example_inputs("cnn")
    plain = model(*x)
    handles = register(model, [Hook("", "double")])
    assert torch.equal(model(*x), 2 * plain)
    assert torch.equal(model.forward(*x), plain)
    handles[0].remove()
    assert torch.equal(model(*x), plain)


def test_hooks_run_in_the_order_given():
    model, x = build("example"), example_inputs("example")
    plain = model(*x)
    register(model, [Hook("", "double"), Hook("linear", "double"), Hook("", "double")])
    assert torch.equal(model(*x), 8 * plain)
    assert [hook.__name__ for hook in model._forward_hooks.values()] == ["double", "double"]


@pytest.mark.parametrize(
    ("key", "path"), [("recurrent", "lstm"), ("transformer", "encoder.layers.0.self_attn"), ("resnet18", "layer2.0")]
)
def test_double_reaches_each_tensor_whatever_the_module_returns(key, path):
    """An LSTM returns (output, (hidden, cell)); attention returns (output, None)."""
    model, x, seen = build(key).eval(), example_inputs(key), []
    part = model.get_submodule(path)
    part.register_forward_hook(lambda module, args, output: seen.append([t.clone() for t in flat(output)]))
    register(model, [Hook(path, "double")])
    part.register_forward_hook(lambda module, args, output: seen.append([t.clone() for t in flat(output)]))
    model(*x)
    plain, doubled = seen
    assert len(plain) == {"lstm": 3}.get(path, 1)
    assert all(torch.equal(2 * a, b) for a, b in zip(plain, doubled, strict=True))


def test_double_reaches_into_lists_named_tuples_and_dicts():
    class Pair(NamedTuple):
        first: torch.Tensor
        rest: list[Any]

    value = {"pair": Pair(torch.ones(1), [torch.ones(2), {"count": 3, "none": None}])}
    made = double(torch.nn.Identity(), (), value)
    assert made["pair"].first.tolist() == [2]
    assert made["pair"].rest[0].tolist() == [2, 2]
    assert made["pair"].rest[1] == {"count": 3, "none": None}
    assert type(made["pair"]) is Pair


def test_double_makes_a_new_tensor():
    output = torch.ones(2)
    assert double(torch.nn.Identity(), (), output).tolist() == [2, 2]
    assert output.tolist() == [1, 1]


def test_an_unknown_path_raises():
    with pytest.raises(AttributeError):
        register(build("cnn"), [Hook("conv9")])
