"""Build models and draw inputs, each from a seed; the caller's random state stays as it is."""

from __future__ import annotations

from functools import cache, lru_cache
from typing import Any

import torch
from torch import nn

from explorer.catalog.entries import entry
from explorer.catalog.entry import Asked
from explorer.catalog.replica import Template
from explorer.runtime.isolation import exclusive, isolated, plain_tensors, reserve_hook_ids, reserve_ids_of_hooks

# Inputs must not repeat the numbers that the weights were drawn from, so their seeds begin where those end.
INPUT_SEEDS = 2**31


def build(key: str, *, seed: int = 0, p: float | None = None, training: bool | None = None) -> Any:
    """Return a new object of that entry; equal arguments give equal weights.

    Afterwards torch numbers new hooks beyond those that the model brings, so that none of them is replaced.

    key: one of `entries()`.
    seed: 0 .. 2**31 - 1, of the default random generator while the weights are drawn.
    p: dropout probability; None is the entry's default.
    training: the mode that `train(training)` sets; None leaves each module in the mode that it was made in.

    Raises KeyError for an unknown key, ValueError for a `p` that the entry does not have or allow.
    """
    found = entry(key)
    if found.p is None and p is not None:
        raise ValueError(f"{key} has no dropout: leave `p` out.")
    if found.p is not None:
        p = found.p.default if p is None else p
        if not found.p.has(p):
            raise ValueError(f"p of {key} must be from {found.p.low:g} to {found.p.high:g}, not {p}.")
    with exclusive():  # two threads must not copy one template at a time either
        if found.template == "none":
            made = _make(key, seed, p)
            if isinstance(made, nn.Module):
                reserve_ids_of_hooks(made)
                if training is not None:
                    made.train(training)
            return made
        template = (_large_template if found.template == "large" else _small_template)(key, seed, p)
        reserve_hook_ids(template.next_hook)
        return template.replica(training)


def example_inputs(
    key: str, *, seed: int = 0, batch: int | None = None, size: int | None = None, digit: str | None = None
) -> tuple[Any, ...]:
    """Return the positional arguments of the call; most are float32 from a standard normal distribution.

    Shapes: [batch, features], [batch, 3, size, size] for images, [batch, size, features] for sequences.
    seed: 0 .. 2**31 - 1, of a generator of its own.
    batch, size, digit: None is the entry's default. Handwritten digits are stored, and no seed changes them.

    Raises KeyError for an unknown key, ValueError for a batch, size or digit that the entry does not have or allow.
    """
    found = entry(key)
    numbers: dict[str, int | None] = {}
    for name, number, allowed in (("batch", batch, found.batch), ("size", size, found.size)):
        if allowed is None and number is not None:
            raise ValueError(f"{key} has no {name}: leave it out.")
        if allowed is not None and number is not None and not allowed.has(number):
            raise ValueError(f"{name} of {key} must be from {allowed.low:g} to {allowed.high:g}, not {number}.")
        numbers[name] = int(allowed.default) if allowed is not None and number is None else number
    if digit is not None and digit not in found.digits:
        one_of = f"must be one of {', '.join(found.digits)}" if found.digits else "has to be left out"
        raise ValueError(f"digit of {key} {one_of}; {digit!r} was given.")
    generator = torch.Generator().manual_seed(INPUT_SEEDS + seed)
    with exclusive(), plain_tensors():
        return found.inputs(generator, Asked(numbers["batch"], numbers["size"], digit))


@cache
def submodule_paths(key: str) -> tuple[str, ...]:
    """Return the dotted path of each module of the entry that takes hooks, "" for the outermost first.

    () where the entry is no module. Scripted modules are left out: torch registers no hook on them.
    """
    model = build(key)
    modules = model.named_modules() if isinstance(model, nn.Module) else ()
    return tuple(path for path, module in modules if not isinstance(module, torch.jit.ScriptModule))


@lru_cache(maxsize=16)
def _small_template(key: str, seed: int, p: float | None) -> Template[nn.Module]:
    """Return the template of a small model. Callers get copies of it only, so its weights stay as drawn."""
    return Template(_make(key, seed, p))


@lru_cache(maxsize=1)
def _large_template(key: str, seed: int, p: float | None) -> Template[nn.Module]:
    """Return the template of a model whose weights take many megabytes; one is kept at a time."""
    return Template(_make(key, seed, p))


def _make(key: str, seed: int, p: float | None) -> Any:
    """Return a new object of the entry, its weights drawn after seeding torch's default generator."""
    with isolated(seed=seed), plain_tensors():
        return entry(key).make() if p is None else entry(key).make(p=p)
