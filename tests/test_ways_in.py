"""Through `torch.compile` and inside `torch.jit.trace`, an observed call is the bare one, and leaves nothing behind."""

import dataclasses

import pytest
import torch
from torch import nn

from explorer import Experiment, observe
from explorer.callpath.values import summarize
from explorer.catalog import ENTRIES, submodule_paths
from explorer.experiment import Hook
from tests import bare, ways

SEED = 3
CALLS = {"compile": ways.compiled_call, "jit.trace": ways.traced_call}
MODULES = [key for key in ENTRIES if ENTRIES[key].kind == "module"]
MODES = [(True, "enabled"), (False, "no_grad"), (True, "inference_mode"), (False, "enabled")]
CASES = [
    pytest.param(key, via, training, grad, id=f"{key}-{via}-{'train' if training else 'eval'}-{grad}")
    for key in MODULES
    for via in CALLS
    for training, grad in (MODES[:2] if key == "resnet18" else MODES)
]


def check(experiment, expected):
    """The observed run is the bare one; what is left is what was found."""
    value, raised, lines = expected
    before = bare.state()
    patched = {name: vars(nn.Module).get(name) for name in ("__init__", "__setstate__")}
    seen = observe(experiment)
    assert bare.differing(before, bare.state()) == []
    assert {name: vars(nn.Module).get(name) for name in patched} == patched
    bare.assert_same_lines(seen.trace.executed_lines, {file: found for file, found in lines.items() if found})
    if raised is None:
        assert seen.error is None
        assert seen.output == summarize(value)
    else:
        assert seen.output is None
        assert (seen.error.type, seen.error.message) == (type(raised).__name__, str(raised))
    return seen


def hooks_of(key):
    inner = submodule_paths(key)[-1]
    return [(), (Hook("", "double"), Hook(inner, "observe"), Hook(inner, "double", "forward_pre"))]


@pytest.mark.parametrize(("key", "via", "training", "grad"), CASES)
def test_an_observed_run_is_the_bare_one(key, via, training, grad):
    for hooks in hooks_of(key)[: 1 if key == "resnet18" else 2]:
        experiment = Experiment(model=key, via=via, training=training, grad=grad, hooks=hooks, seed=SEED)
        check(experiment, CALLS[via](experiment))


KINDS = [Hook("", "observe", kind) for kind in ("full_backward", "full_backward_pre", "backward")]
KINDS += [dataclasses.replace(hook, at="fc1") for hook in KINDS]
KINDS += [Hook("", "double", "forward", True), Hook("", "double", "forward_pre", True)]
KINDS += [Hook("", "observe", "full_backward", True), Hook("", "observe", "forward", with_kwargs=True)]
KINDS += [
    Hook("", "raise"),
    Hook("fc1", "raise"),
    Hook("", "zero", always_call=True),
    Hook("fc1", "raise", "forward_pre"),
]


@pytest.mark.parametrize("via", CALLS)
@pytest.mark.parametrize("hook", KINDS, ids=lambda hook: f"{hook.kind}-{hook.action}-{hook.at}-{hook.is_global}")
def test_with_each_kind_of_hook(hook, via):
    experiment = Experiment(model="cnn", via=via, hooks=(hook,), seed=SEED)
    with torch.random.fork_rng():
        expected = CALLS[via](experiment)
    seen = check(experiment, expected) if not hook.is_global else None
    if seen is None:
        handles = list(global_handles())
        for registry in handles:
            registry.clear()
        check(experiment, expected)


def global_handles():
    source = nn.modules.module
    return [getattr(source, name) for name in vars(source) if name.startswith("_global_") and name.endswith("_hooks")]
