"""What the entries are fed: each draws from the generator that it is given."""

from __future__ import annotations

import torch
from torch import Generator, Tensor

from explorer.catalog.entry import Inputs


def rows(features: int) -> Inputs:
    """[batch, features]."""

    def inputs(generator: Generator, batch: int | None, size: int | None) -> tuple[Tensor]:
        return (torch.randn(batch or 1, features, generator=generator),)

    return inputs


def images(generator: Generator, batch: int | None, size: int | None) -> tuple[Tensor]:
    """[batch, 3, size, size]."""
    return (torch.randn(batch or 1, 3, size or 1, size or 1, generator=generator),)


def sequences(features: int) -> Inputs:
    """[batch, size, features]."""

    def inputs(generator: Generator, batch: int | None, size: int | None) -> tuple[Tensor]:
        return (torch.randn(batch or 1, size or 1, features, generator=generator),)

    return inputs


def five(generator: Generator, batch: int | None, size: int | None) -> tuple[int]:
    return (5,)


def tensor_of_two(generator: Generator, batch: int | None, size: int | None) -> tuple[Tensor]:
    """[1] int64."""
    return (torch.tensor([2]),)
