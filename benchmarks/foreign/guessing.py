"""Guess what a class is built with and what its model is called with, from names and from the layers that it has."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from benchmarks.foreign.network import Inputs

# What an argument's name says of it, the first that fits. Sizes divide each other.
_BY_NAME: Sequence[tuple[str, Any]] = (
    (r"drop|(^|_)p$|prob|rate|alpha|beta|eps", 0.1),
    (r"head_dim|dim_head|d_head", 8),
    (r"heads|num_groups|n_groups", 2),
    (r"depth|layers|blocks|stages|hops|num_iter|steps|n_res", 2),
    (r"image_size|img_size|input_size|resolution|^size$", 32),
    (r"patch", 8),
    (r"classes|num_labels|n_outputs|out_features|output_size", 5),
    (r"tokens|vocab|embeddings", 50),
    (r"kernel", 3),
    (r"stride|dilation|groups|padding|expansion|mult|factor|scale|num_mem", 1),
    (r"seq|len|window|n_times|context", 16),
    (r"frames", 4),
    (r"in_chan|channels_in|n_chans|num_channels|^channels$|in_ch", 3),
    (r"dim|hidden|features|chan|width|embed|model|units|filters|planes|size|inner", 16),
)
_GIVE_UP = object()


def arguments_for(kind: type[nn.Module]) -> dict[str, Any] | None:
    """Return a value for each argument that the class demands; None where one cannot be guessed."""
    try:
        parameters = list(inspect.signature(kind.__init__).parameters.values())[1:]
    except (TypeError, ValueError):
        return None
    guessed = {}
    for parameter in parameters:
        if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
            continue
        if parameter.default is not parameter.empty:
            continue
        value = _value(parameter)
        if value is _GIVE_UP:
            return None
        guessed[parameter.name] = value
    return guessed


def _value(parameter: inspect.Parameter) -> Any:
    annotation = str(parameter.annotation)
    if "bool" in annotation:
        return False
    for pattern, value in _BY_NAME:
        if re.search(pattern, parameter.name.lower()):
            return value
    if "float" in annotation:
        return 0.1
    return 4 if "int" in annotation else _GIVE_UP


def inputs_for(model: nn.Module) -> list[Inputs]:
    """Return what the model might take, the likeliest first: the sizes are those of its first layers."""
    try:
        parameters = inspect.signature(model.forward).parameters.values()
    except (TypeError, ValueError):
        return []
    demanded = [
        each.name
        for each in parameters
        if each.default is each.empty and each.kind in (each.POSITIONAL_ONLY, each.POSITIONAL_OR_KEYWORD)
    ]
    takes_any = any(each.kind is each.VAR_POSITIONAL for each in parameters)
    count = len(demanded) or (1 if takes_any or parameters else 0)
    return [Inputs(_arguments(tensor, demanded, count)) for tensor in _tensors(model)]


def _arguments(first: Tensor, names: Sequence[str], count: int) -> tuple[Any, ...]:
    """Return the tensor for each argument, with a mask or a time where the name says that it is one."""
    made: list[Any] = []
    for index in range(count):
        name = names[index].lower() if index < len(names) else ""
        if "mask" in name:
            made.append(torch.ones(first.shape[:2], dtype=torch.bool))
        elif re.fullmatch(r"t|time|times|timesteps?|noise_level|sigma", name):
            made.append(torch.linspace(0, 1, first.shape[0]))
        else:
            made.append(first.clone())
    return tuple(made)


def _tensors(model: nn.Module) -> Iterator[Tensor]:
    yield from _by_first_layers(model)
    yield torch.randn(2, 3, 32, 32)
    yield torch.randn(2, 16, 16)
    yield torch.randn(2, 16)
    yield torch.randint(0, 16, (2, 16))
    yield torch.randn(2, 16, 8, 8)
    yield torch.randn(2, 3, 16)
    yield torch.randn(2, 3, 64, 64)
    yield torch.randn(2, 1, 32, 32)
    yield torch.randn(1, 3, 224, 224)
    yield torch.randn(1, 3, 4, 32, 32)
    yield torch.randn(1, 1, 16, 16, 16)
    yield torch.randn(4, 2, 16)
    yield torch.randn(16)


def _by_first_layers(model: nn.Module) -> Iterator[Tensor]:
    for layer in list(model.modules())[:40]:
        if isinstance(layer, nn.Conv2d):
            yield torch.randn(2, layer.in_channels, 32, 32)
            yield torch.randn(2, layer.in_channels, 64, 64)
        elif isinstance(layer, nn.Conv1d):
            yield torch.randn(2, layer.in_channels, 64)
        elif isinstance(layer, nn.Conv3d):
            yield torch.randn(1, layer.in_channels, 8, 16, 16)
        elif isinstance(layer, nn.Embedding):
            yield torch.randint(0, layer.num_embeddings, (2, 16))
        elif isinstance(layer, nn.Linear):
            yield torch.randn(2, layer.in_features)
            yield torch.randn(2, 8, layer.in_features)
        elif isinstance(layer, nn.RNNBase):
            yield torch.randn(2, 8, layer.input_size)
        else:
            continue
        return
