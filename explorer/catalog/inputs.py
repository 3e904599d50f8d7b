"""What the entries are called with. Each function draws from the generator that it is given."""

from __future__ import annotations

import torch
from torch import Generator, Tensor

from explorer.catalog.entry import Inputs


def rows(features: int) -> Inputs:
    """Return a function that draws float32 [batch, features]."""

    def inputs(generator: Generator, batch: int | None, size: int | None) -> tuple[Tensor]:
        return (torch.randn(batch or 1, features, generator=generator),)

    return inputs


def images(generator: Generator, batch: int | None, size: int | None) -> tuple[Tensor]:
    """Draw float32 [batch, 3, size, size]."""
    return (torch.randn(batch or 1, 3, size or 1, size or 1, generator=generator),)


def sequences(features: int) -> Inputs:
    """Return a function that draws float32 [batch, size, features]."""

    def inputs(generator: Generator, batch: int | None, size: int | None) -> tuple[Tensor]:
        return (torch.randn(batch or 1, size or 1, features, generator=generator),)

    return inputs


def five(generator: Generator, batch: int | None, size: int | None) -> tuple[int]:
    """Return the number 5."""
    return (5,)


def tensor_of_two(generator: Generator, batch: int | None, size: int | None) -> tuple[Tensor]:
    """Return int64 [1], which holds 2."""
    return (torch.tensor([2]),)
