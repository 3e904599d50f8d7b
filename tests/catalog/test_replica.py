"""A replica against a fresh build: nothing tells them apart, and nothing done to one reaches another."""

import pytest
import torch
from torch import nn

from explorer.catalog import ENTRIES, example_inputs
from explorer.catalog.replica import Template
from explorer.runtime.torch_private import memory
from tests.helpers.kinds import ONE_TENSOR

KEYS = [key for key in ENTRIES if ENTRIES[key].kind == "module" and key not in ("recurrent", "scripted-child")]

# The copy of an instance's own method would be bound to the template, so such a model is built anew.
CALLED = [key for key in KEYS if key in ONE_TENSOR and not key.startswith("patched")]


def make(key: str) -> nn.Module:
    torch.manual_seed(0)
    return ENTRIES[key].make()


def state_of(model: nn.Module) -> dict[str, torch.Tensor]:
    return {name: tensor.clone() for name, tensor in model.state_dict().items()}


def same(one: dict[str, torch.Tensor], two: dict[str, torch.Tensor]) -> bool:
    return list(one) == list(two) and all(torch.equal(one[name], two[name]) for name in one)


@pytest.mark.parametrize("key", KEYS)
def test_a_replica_looks_like_a_fresh_build(key):
    replica, fresh = Template(make(key)).replica(), make(key)
    assert repr(replica) == repr(fresh)
    assert same(state_of(replica), state_of(fresh))
    for one, two in zip(replica.modules(), fresh.modules(), strict=True):
        assert type(one) is type(two)
        assert list(vars(one)) == list(vars(two))
        for name in vars(two):
            assert type(vars(one)[name]) is type(vars(two)[name]), name
    for one, two in zip(replica.parameters(), fresh.parameters(), strict=True):
        assert type(one) is type(two) is nn.Parameter
        assert (one.requires_grad, one.is_leaf, one.grad, one.stride()) == (True, True, None, two.stride())
    assert {t._version for t in replica.buffers()} <= {0}
    assert {t._version for t in replica.parameters()} <= {0}


@pytest.mark.parametrize("key", CALLED)
@pytest.mark.parametrize("training", [True, False])
def test_a_replica_computes_and_learns_like_a_fresh_build(key, training):
    x, found = example_inputs(key), []
    for model in (Template(make(key)).replica(), make(key)):
        model.train(training)
        torch.manual_seed(1)
        output = model(*x)
        output.sum().backward()
        found.append((output, [p.grad for p in model.parameters()], state_of(model)))
    (output, grads, state), (bare_output, bare_grads, bare_state) = found
    assert torch.equal(output, bare_output)
    assert all(torch.equal(a, b) for a, b in zip(grads, bare_grads, strict=True))
    assert same(state, bare_state)


@pytest.mark.parametrize("key", CALLED)
def test_nothing_done_to_a_replica_reaches_the_template_or_another(key):
    template = make(key).train()
    before = state_of(template)
    source = Template(template)
    used, other = source.replica(), source.replica()
    optimizer = torch.optim.SGD(used.parameters(), lr=0.1)
    used(*example_inputs(key)).sum().backward()  # moves batch norm's buffers
    optimizer.step()
    used.load_state_dict({name: torch.ones_like(t) for name, t in used.state_dict().items()})
    for module in used.modules():
        module.register_forward_hook(lambda *_: None)
        module.register_buffer("extra", torch.ones(1))
    used.eval()
    for untouched in (template, other, source.replica()):
        assert same(state_of(untouched), before)
        for module in untouched.modules():
            assert module.training
            assert not module._forward_hooks
            assert "extra" not in module._buffers
        assert all(p.grad is None and p._version == 0 for p in untouched.parameters() if untouched is not template)


@pytest.mark.parametrize("key", KEYS)
def test_nothing_done_to_the_template_reaches_a_replica(key):
    template = make(key)
    before, replica = state_of(template), Template(template).replica()
    with torch.no_grad():
        for tensor in template.state_dict().values():
            tensor.fill_(7)
    assert same(state_of(replica), before)


def test_numpy_and_data_pointers_cannot_write_through():
    template = nn.Linear(2, 2)
    before, replica = state_of(template), Template(template).replica()
    replica.weight.detach().numpy()[:] = 7
    replica.bias.data[0] = 7
    assert same(state_of(template), before)


def test_what_is_shared_in_the_template_is_shared_in_the_replica():
    shared = nn.Linear(3, 3)
    template = nn.Sequential(shared, nn.ReLU(), shared, nn.Linear(3, 3))
    template[3].weight = shared.weight
    replica = Template(template).replica()
    assert replica[0] is replica[2]
    assert replica[0] is not shared
    assert replica[3].weight is replica[0].weight
    assert replica[0].weight is not shared.weight


def test_frozen_parameters_stay_frozen_and_missing_ones_missing():
    template = nn.Conv2d(1, 1, 1, bias=False)
    template.weight.requires_grad_(False)
    replica = Template(template).replica()
    assert replica.bias is None
    assert not replica.weight.requires_grad


def test_a_replica_made_in_inference_mode_can_be_trained():
    with torch.inference_mode():
        replica = Template(nn.Linear(2, 1)).replica()
    replica(torch.ones(1, 2)).sum().backward()
    assert replica.weight.grad.tolist() == [[1, 1]]


def test_an_lstm_is_refused_rather_than_copied_by_half():
    with pytest.raises(ValueError, match=r"LSTM\._flat_weights holds tensors"):
        Template(nn.Sequential(nn.LSTM(2, 2)))


def test_without_the_private_operation_a_replica_is_still_independent(monkeypatch):
    monkeypatch.setattr(memory, "_clone", torch.clone)
    template = make("batchnorm")
    before, replica = state_of(template), Template(template).replica()
    assert same(state_of(replica), before)
    with torch.no_grad():
        replica.fc.weight.zero_()
    assert same(state_of(template), before)
