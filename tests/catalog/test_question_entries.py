"""The entries that answer a question: each answer as plain PyTorch gives it."""

import pytest
import torch

from explorer.catalog import build, example_inputs


def test_a_module_list_and_a_class_without_forward_can_be_called_and_raise():
    for key, name in (("module-list", "ModuleList"), ("no-forward", "NoForward")):
        model = build(key)
        assert callable(model)
        with pytest.raises(NotImplementedError, match=rf'Module \[{name}\] is missing the required "forward" function'):
            model(*example_inputs(key))


def test_forward_on_the_instance_is_honoured_and_call_is_ignored():
    (x,) = example_inputs("patched-forward", batch=8)
    for key, patched in (("patched-forward", "forward"), ("patched-call", "__call__")):
        model = build(key)
        assert patched in vars(model)
        kept = model.linear(x)
        assert float(kept.detach().min()) < 0  # so that the two differ
        assert torch.equal(model(x), kept.relu() if key == "patched-forward" else kept)


def test_borrowed_weights_are_used_and_their_module_is_not_called():
    model, (x,), calls = build("borrowed-weights"), example_inputs("borrowed-weights"), []
    expected = model.linear(x)
    model.linear.register_forward_hook(lambda *given: calls.append(given))
    assert torch.equal(model(x), expected)
    assert calls == []


def test_the_in_place_relu_writes_into_what_the_linear_layer_returned():
    model, (x,), kept = build("inplace-relu"), example_inputs("inplace-relu"), []
    model.linear.register_forward_hook(lambda module, args, output: kept.append(output))
    assert model(x) is kept[0]
    assert kept[0]._version == 1


def test_bare_dropout_drops_in_eval_mode():
    model, (x,) = build("bare-dropout").eval(), example_inputs("bare-dropout", batch=8)
    with torch.random.fork_rng():
        assert not torch.equal(model(x), model(x))


def test_a_frozen_child_is_flipped_back_by_train():
    model = build("frozen-child")
    assert (model.training, model.bn.training) == (True, False)
    assert model.train().bn.training


def test_what_is_returned_that_is_no_single_tensor():
    (x,) = example_inputs("dict-output")
    found = build("dict-output")(x)
    assert {name: list(value.shape) for name, value in found.items()} == {"logits": [1, 3], "label": [1]}
    again, code = build("tuple-output")(x)
    assert (list(again.shape), list(code.shape)) == ([1, 10], [1, 4])
    assert again.grad_fn is not None
    assert code.grad_fn is not None


def test_what_is_taken_for_a_model():
    for key, name in (("load-state-dict", "_IncompatibleKeys"), ("python-module", "module")):
        with pytest.raises(TypeError, match=f"'{name}' object is not callable"):
            build(key)(*example_inputs(key))
    assert str(build("load-state-dict")) == "<All keys matched successfully>"
