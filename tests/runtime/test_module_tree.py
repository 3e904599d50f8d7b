"""Modules, parameters and buffers against torch's own methods, and where these fail."""

import warnings

import pytest
import torch
from torch import nn

from explorer.catalog import ENTRIES, build
from explorer.runtime.module_tree import buffers_of, modules_of, parameters_of


def shared() -> nn.Module:
    layer = nn.Linear(2, 2)
    return nn.Sequential(layer, nn.Sequential(layer, nn.BatchNorm1d(2)), nn.ReLU())


MODELS = {key: lambda key=key: build(key) for key, found in ENTRIES.items() if found.kind == "module"}
MODELS |= {"shared": shared, "script": lambda: torch.jit.script(shared())}


@pytest.mark.parametrize("name", MODELS)
def test_it_finds_what_torchs_own_methods_find(name):
    model = MODELS[name]()
    modules = modules_of(model)
    expected = dict(model.named_modules(remove_duplicate=False))
    assert list(modules) == list(expected)
    assert name == "script" or all(modules[path] is expected[path] for path in modules)  # made anew at each look
    for found, own in (
        (parameters_of(modules), model.named_parameters()),
        (buffers_of(modules), model.named_buffers()),
    ):
        expected = dict(own)
        assert list(found) == list(expected)
        assert all(torch.equal(found[key], expected[key]) for key in found)


def test_modules_that_are_shared_level_by_level_are_listed_once_for_each_place():
    model = nn.Sequential(nn.ReLU())
    for _ in range(200):  # 2 ** 200 paths
        model = nn.ModuleList([model, model])
    modules = modules_of(model)
    assert len(modules) == 402
    assert modules["0"] is modules["1"]
    assert modules[".".join("0" * 201)] is next(each for each in model.modules() if isinstance(each, nn.ReLU))


class Raises(nn.Module):
    def named_modules(self, *args, **kwargs):
        raise LookupError

    named_parameters = named_buffers = modules = children = named_modules


class WithoutInit(nn.Module):
    def __init__(self):
        pass


def test_no_code_of_the_models_is_run_and_nothing_is_entered_twice():
    model = nn.Sequential(Raises())
    model[0].layer = nn.Linear(1, 1)
    model[0].whole = model
    assert list(modules_of(model)) == ["", "0", "0.layer"]
    assert list(parameters_of(modules_of(model))) == ["0.layer.weight", "0.layer.bias"]


def test_what_was_never_initialised_and_what_is_no_module():
    assert modules_of(WithoutInit()) == modules_of(len) == modules_of(nn.Linear) == {}
    assert list(modules_of(nn.Sequential(WithoutInit(), nn.ReLU()))) == ["", "1"]


def test_a_script_that_was_traced_has_its_modules():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        script = torch.jit.trace(nn.Sequential(nn.Linear(2, 2), nn.BatchNorm1d(2)).eval(), torch.ones(3, 2))
        holder = nn.ModuleDict({"net": script})
    modules = modules_of(holder)
    assert list(modules) == [name for name, _ in holder.named_modules()] == ["", "net", "net.0", "net.1"]
    assert set(parameters_of(modules)) == {name for name, _ in holder.named_parameters()}
    assert set(buffers_of(modules)) == {name for name, _ in holder.named_buffers()}
