"""What the entries are called with. Each function draws from the generator that it is given, one row after another.

Drawn all at once, row 0 would depend on how many there are: torch draws fewer than 16 numbers in another way.
"""

from __future__ import annotations

import torch
from torch import Generator, Tensor

from explorer.catalog.entry import Asked, Inputs


def _normal_rows(generator: Generator, batch: int | None, *shape: int) -> Tensor:
    """Draw float32 [batch, *shape]. Row i is the same whatever the batch size."""
    return torch.stack([torch.randn(shape, generator=generator) for _ in range(batch or 1)])


def rows(features: int) -> Inputs:
    """Return a function that draws float32 [batch, features]."""

    def inputs(generator: Generator, asked: Asked) -> tuple[Tensor]:
        return (_normal_rows(generator, asked.batch, features),)

    return inputs


def images(generator: Generator, asked: Asked) -> tuple[Tensor]:
    """Draw float32 [batch, 3, size, size]."""
    return (_normal_rows(generator, asked.batch, 3, asked.size or 1, asked.size or 1),)


def sequences(features: int) -> Inputs:
    """Return a function that draws float32 [batch, size, features]."""

    def inputs(generator: Generator, asked: Asked) -> tuple[Tensor]:
        return (_normal_rows(generator, asked.batch, asked.size or 1, features),)

    return inputs


def five(generator: Generator, asked: Asked) -> tuple[int]:
    """Return the number 5."""
    return (5,)


def tensor_of_two(generator: Generator, asked: Asked) -> tuple[Tensor]:
    """Return int64 [1], which holds 2."""
    return (torch.tensor([2]),)
