"""One network to check: how to build it, and what to call it with."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy
import torch
from torch import nn

PARAMETERS = 30_000_000  # of the largest model that is built: a larger one would tell nothing more
MODEL_SEED, INPUT_SEED, CALL_SEED = 1, 2, 3


@dataclass(frozen=True)
class Inputs:
    """What a model is called with."""

    args: Sequence[Any] = ()
    kwargs: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Network:
    """A model that can be built as often as needed."""

    name: str  # "vit_pytorch.cait.CaiT"
    build: Callable[[], nn.Module]
    inputs: Callable[[nn.Module], Sequence[Inputs]]  # what a call may take: the first that the model accepts is used


@dataclass(frozen=True)
class Call:
    """A model and its inputs, made anew."""

    model: nn.Module
    inputs: Inputs

    def __call__(self) -> Any:
        return self.model(*self.inputs.args, **self.inputs.kwargs)


def fresh_call(network: Network, choice: int, *, training: bool) -> Call:
    """Build the model and its inputs anew, the same each time. choice: index into what `inputs` gives."""
    seed(MODEL_SEED)
    model = network.build().train(training)
    seed(INPUT_SEED)
    inputs = network.inputs(model)[choice]
    seed(CALL_SEED)
    return Call(model, inputs)


def seed(number: int) -> None:
    """Set every random generator that a model may draw from."""
    torch.manual_seed(number)
    random.seed(number)
    numpy.random.seed(number)
