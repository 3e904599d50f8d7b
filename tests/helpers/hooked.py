"""torch run bare with hooks of the tests' own: which of them ran, for which module, in which order."""

from __future__ import annotations

import inspect
import warnings
from contextlib import contextmanager

import torch
from torch import nn
from torch.nn.modules import module as module_source

from explorer import Hook
from explorer.catalog import build, example_inputs
from tests.helpers import bare

NAMES = {name for name in vars(module_source) if name.startswith("_global_") and "hook" in name}


def bare_turns(experiment) -> list[tuple[int, str]]:
    """(number of the hook, path of the module) for each turn; the hooks do what the experiment's do, written anew."""
    model = build(experiment.model, seed=experiment.seed, p=experiment.p)
    paths = {id(module): path for path, module in model.named_modules()}
    inputs = example_inputs(experiment.model, seed=experiment.seed, batch=experiment.batch, size=experiment.size)
    model.train(experiment.training)
    turns: list[tuple[int, str]] = []
    with clean_globals(), warnings.catch_warnings(), bare.grad(experiment.grad), torch.random.fork_rng():
        warnings.simplefilter("ignore")
        for number, hook in enumerate(experiment.hooks, 1):
            add(model, hook, recording(turns, paths, number, hook))
        call = model if experiment.call == "call" else model.forward
        names = list(inspect.signature(model.forward).parameters)
        args, kwargs = ((), dict(zip(names, inputs, strict=False))) if experiment.keyword else (inputs, {})
        value, _ = bare.run(lambda: call(*args, **kwargs))
        if experiment.backward and isinstance(value, torch.Tensor) and value.is_floating_point():
            with torch.inference_mode(False), torch.enable_grad():
                bare.run(lambda: value.sum().backward())
    return turns


def recording(turns, paths, number, hook: Hook):
    """A hook that notes its turn, then does its deed."""

    def noted(module, args, *more):
        turns.append((number, paths[id(module)]))
        return deed(hook, args, more)

    def forward(module, args, output):
        return noted(module, args, output)

    def forward_with_kwargs(module, args, kwargs, output):
        return noted(module, args, kwargs, output)

    return noted if hook.kind != "forward" else forward_with_kwargs if hook.with_kwargs else forward


def deed(hook: Hook, args, more):
    if hook.action == "raise":
        raise RuntimeError("this hook raises")
    if hook.action == "zero":
        return 0
    if hook.action != "double":
        return None
    if "backward" in hook.kind:
        return twice(args)
    if hook.kind == "forward_pre":
        return (twice(args), twice(more[0])) if hook.with_kwargs else twice(args)
    return twice(more[-1])


def twice(value):
    if isinstance(value, torch.Tensor):
        return 2 * value
    if isinstance(value, tuple):
        return tuple(map(twice, value))
    return {name: twice(item) for name, item in value.items()} if isinstance(value, dict) else value


def add(model: nn.Module, hook: Hook, function):
    """Register as the documentation has it."""
    flags = {name: True for name in ("with_kwargs", "prepend", "always_call") if getattr(hook, name)}
    if hook.is_global:
        return getattr(module_source, f"register_module_{hook.kind}_hook")(function, **flags)
    return getattr(model.get_submodule(hook.at), f"register_{hook.kind}_hook")(function, **flags)


@contextmanager
def clean_globals():
    """Puts torch's global hook registries back."""
    kept = {name: getattr(module_source, name) for name in NAMES}
    copies = {name: registry.copy() for name, registry in kept.items() if isinstance(registry, dict)}
    try:
        yield
    finally:
        for name, value in kept.items():
            setattr(module_source, name, value)
        for name, copy in copies.items():
            kept[name].clear()
            kept[name].update(copy)
