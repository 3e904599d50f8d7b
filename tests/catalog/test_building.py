"""`build` and `example_inputs`: fresh, seeded, and without a trace in the caller's torch state."""

import threading

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn
from torch.utils.hooks import RemovableHandle

from explorer.catalog import ENTRIES, build, building, entry, example_inputs
from explorer.catalog.replica import Template

MODULES = [key for key in ENTRIES if ENTRIES[key].kind == "module"]
STORED = ("digits", "digits-dropout")  # weights and inputs, which no seed draws
DRAWN = [key for key in MODULES if key not in STORED]


@pytest.mark.parametrize("key", MODULES)
def test_weights_are_what_torch_draws_at_that_seed(key):
    built = build(key, seed=5)
    torch.manual_seed(5)
    bare = entry(key).make() if entry(key).p is None else entry(key).make(p=entry(key).p.default)
    assert list(built.state_dict()) == list(bare.state_dict())
    assert all(torch.equal(a, b) for a, b in zip(built.state_dict().values(), bare.state_dict().values(), strict=True))
    assert built.training


@pytest.mark.parametrize("key", DRAWN)
def test_another_seed_gives_other_weights(key):
    one, two = (torch.cat([p.flatten() for p in build(key, seed=seed).parameters()]) for seed in (0, 1))
    assert not torch.equal(one, two)


@pytest.mark.parametrize("key", ENTRIES)
def test_the_callers_state_is_untouched(key):
    torch.manual_seed(123)
    before = torch.get_rng_state()
    build(key, seed=7)
    example_inputs(key, seed=7)
    assert torch.equal(torch.get_rng_state(), before)
    assert torch.is_grad_enabled()
    assert torch.get_default_dtype() == torch.float32


@pytest.mark.parametrize("key", [key for key in ENTRIES if key != "function"])
def test_inputs_repeat_by_seed_and_never_repeat_the_weights_numbers(key):
    (x,), (again,) = example_inputs(key, seed=3), example_inputs(key, seed=3)
    assert torch.equal(x, again)
    assert x is not again
    if x.dtype == torch.float32 and key not in STORED:
        assert not torch.equal(x, example_inputs(key, seed=4)[0])
        torch.manual_seed(3)  # the seed that the weights are drawn with
        assert not torch.equal(x, torch.randn_like(x))


@pytest.mark.parametrize("key", MODULES)
def test_two_builds_share_nothing(key):
    one, two = build(key), build(key)
    assert one is not two
    with torch.no_grad():
        for tensor in (*one.parameters(), *one.buffers()):
            tensor.fill_(7)
    fresh = build(key)
    for name, tensor in two.state_dict().items():
        assert torch.equal(tensor, fresh.state_dict()[name])
        assert not (tensor == 7).all()


@pytest.mark.parametrize("key", ["cnn", "resnet18", "recurrent"])
def test_built_inside_inference_mode_and_under_float64_it_is_still_an_ordinary_model(key):
    torch.set_default_dtype(torch.float64)
    try:
        with torch.inference_mode():
            model, (x,) = build(key, seed=99), example_inputs(key)
    finally:
        torch.set_default_dtype(torch.float32)
    for tensor in (x, *model.parameters()):
        assert tensor.dtype == torch.float32
        assert not tensor.is_inference()
    model(x).sum().backward()
    assert all(p.grad is not None for p in model.parameters())


@pytest.mark.slow
def test_threads_that_build_at_once_get_what_one_alone_gets():
    alone = {seed: build("resnet18", seed=seed).state_dict() for seed in range(3)}
    wrong: list[int] = []

    def work(seed: int) -> None:
        for _ in range(3):
            model = build("resnet18", seed=seed)
            if any(not torch.equal(t, alone[seed][name]) for name, t in model.state_dict().items()):
                wrong.append(seed)
            with torch.no_grad():
                model.fc.weight.zero_()

    threads = [threading.Thread(target=work, args=(number % 3,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


@given(seed=st.integers(0, 2**31 - 1), batch=st.integers(1, 64), size=st.integers(8, 64))
@settings(max_examples=30, deadline=None)
def test_the_input_has_the_shape_that_was_asked_for(seed, batch, size):
    (x,) = example_inputs("cnn", seed=seed, batch=batch, size=size)
    assert list(x.shape) == [batch, 3, size, size]


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"key": "cnn", "p": 0.5}, "no dropout"),
        ({"key": "dropout", "p": 1.5}, "from 0 to 0.95"),
        ({"key": "dropout", "p": float("nan")}, "from 0 to 0.95"),
    ],
)
def test_build_refuses_with_a_sentence(wrong, says):
    with pytest.raises(ValueError, match=says):
        build(wrong.pop("key"), **wrong)


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"key": "function", "batch": 2}, "no batch"),
        ({"key": "simple", "size": 9}, "no size"),
        ({"key": "cnn", "batch": 65}, "from 1 to 64"),
        ({"key": "cnn", "size": 7}, "from 8 to 64"),
        ({"key": "cnn", "digit": "7"}, "digit of cnn has to be left out; '7' was given"),
        ({"key": "digits", "digit": "10"}, "digit of digits must be one of 0, 1, .*9-hard; '10' was given"),
    ],
)
def test_example_inputs_refuses_with_a_sentence(wrong, says):
    with pytest.raises(ValueError, match=says):
        example_inputs(wrong.pop("key"), **wrong)


def test_modules_are_in_train_mode_as_torch_leaves_them():
    for key in MODULES:
        still = [path for path, module in build(key).named_modules() if not module.training]
        assert still == (["bn"] if key == "frozen-child" else [])


@pytest.mark.parametrize("training", [True, False])
def test_a_model_in_a_mode_is_as_train_leaves_it(training):
    for key in MODULES:
        found, expected = build(key, training=training), build(key).train(training)
        assert [each.training for each in found.modules()] == [each.training for each in expected.modules()], key


@pytest.mark.parametrize("training", [True, False])
def test_a_train_method_of_ones_own_is_called(training):
    class Frozen(nn.Module):
        def __init__(self):
            super().__init__()
            self.norm = nn.BatchNorm1d(2)

        def train(self, mode=True):
            super().train(mode)
            self.norm.eval()
            return self

    made = Template(nn.Sequential(Frozen())).replica(training)
    assert [each.training for each in made.modules()] == [training, training, False]


@pytest.mark.parametrize("training", [True, False])
def test_a_module_that_hides_its_children_from_train_is_told_as_train_leaves_it(training):
    class Hides(nn.Module):
        def __init__(self):
            super().__init__()
            self.hidden = nn.Linear(1, 1)

        def children(self):
            return iter(())

    made, expected = Template(Hides()).replica(training), Hides().train(training)
    assert (made.training, made.hidden.training) == (expected.training, expected.hidden.training)


def test_the_next_hook_does_not_replace_one_that_the_model_was_made_with(monkeypatch):
    original = nn.Sequential(nn.ReLU())
    original[0].register_forward_hook(lambda *given: None)
    (own,) = original[0]._forward_hooks
    monkeypatch.setattr(building, "_small_template", lambda *given: Template(original))
    monkeypatch.setattr(RemovableHandle, "next_id", own)  # as at the start of a guarded run
    model = build("transformer")
    handle = model[0].register_forward_hook(lambda *given: None)
    assert list(model[0]._forward_hooks) == [own, handle.id]
