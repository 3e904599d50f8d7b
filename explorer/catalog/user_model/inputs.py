"""One `--input`: `1x3x28x28`, or with a dtype `float64:1x10`, or whole numbers within bounds `int64:0..99:1x12`."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

import torch
from torch import Generator, Tensor

NORMAL = ("float32", "float64", "float16", "bfloat16")  # the first is the default
WHOLE = ("int64", "int32", "int16", "int8", "uint8")
BOOL = "bool"
MOST_ELEMENTS = 10**8  # of one input
SHAPE = re.compile(r"[1-9][0-9]{0,8}(x[1-9][0-9]{0,8})*")
BOUNDS = re.compile(r"(-?[0-9]{1,15})\.\.(-?[0-9]{1,15})")
FORMS = "1x3x28x28, float64:1x10, or int64:0..99:1x12"


class UserModelError(ValueError):
    """The request cannot be followed, or the code that it names raised; the message says what to do."""


@dataclass(frozen=True, slots=True)
class UserInput:
    """A tensor to draw: from a standard normal distribution, or evenly within bounds where it is of whole numbers."""

    shape: tuple[int, ...]
    dtype: str = NORMAL[0]  # torch's name without "torch."
    bounds: tuple[int, int] | None = None  # lowest and highest, both included; for a dtype of WHOLE

    def draw(self, generator: Generator) -> Tensor:
        """Return a tensor of this shape and dtype, on the CPU."""
        dtype: torch.dtype = getattr(torch, self.dtype)
        if self.dtype in NORMAL:
            return torch.randn(self.shape, generator=generator, dtype=torch.float32).to(dtype)
        low, high = self.bounds or (0, 1)
        return torch.randint(low, high + 1, self.shape, generator=generator, dtype=dtype)

    def python(self) -> str:
        """Return the Python expression that draws it, given a `generator`."""
        if self.dtype in NORMAL:
            drawn = f"torch.randn({self.shape}, generator=generator)"
            return drawn if self.dtype == NORMAL[0] else f"{drawn}.to(torch.{self.dtype})"
        low, high = self.bounds or (0, 1)
        return f"torch.randint({low}, {high + 1}, {self.shape}, generator=generator, dtype=torch.{self.dtype})"


def read_input(text: str) -> UserInput:
    """Return the input that the text of one `--input` describes.

    [DTYPE:[LOW..HIGH:]]SHAPE, where SHAPE is sizes joined by `x`. Whole numbers need their bounds: whether an
    embedding has a token of that number, only the reader knows.

    Raises UserModelError where the text is of no such form.
    """
    *before, sizes = text.split(":")
    if len(before) > 2 or not SHAPE.fullmatch(sizes):
        raise UserModelError(f"--input {text[:60]!r} is no shape. Write it as {FORMS}.")
    dtype = before[0] if before else NORMAL[0]
    if dtype not in (*NORMAL, *WHOLE, BOOL):
        raise UserModelError(f"--input knows no dtype {dtype[:40]!r}. It may be {', '.join((*NORMAL, *WHOLE, BOOL))}.")
    shape = tuple(map(int, sizes.split("x")))
    if math.prod(shape) > MOST_ELEMENTS:
        raise UserModelError(f"--input {sizes} has {math.prod(shape):,} elements; at most {MOST_ELEMENTS:,} are drawn.")
    if dtype in WHOLE:
        return UserInput(shape, dtype, _bounds(dtype, before[1:], sizes))
    if before[1:]:
        raise UserModelError(f"Only whole numbers have bounds: write --input {dtype}:{sizes}.")
    return UserInput(shape, dtype)


def _bounds(dtype: str, given: list[str], sizes: str) -> tuple[int, int]:
    """Return the lowest and the highest number. Raises UserModelError where the dtype cannot hold them."""
    if not given:
        raise UserModelError(f"Whole numbers need bounds, both included: write --input {dtype}:0..99:{sizes}, say.")
    found = BOUNDS.fullmatch(given[0])
    if found is None:
        raise UserModelError(f"{given[0][:40]!r} are no bounds. Write --input {dtype}:0..99:{sizes}, say.")
    low, high = int(found[1]), int(found[2])
    allowed = torch.iinfo(getattr(torch, dtype))
    if not allowed.min <= low <= high <= allowed.max:
        raise UserModelError(
            f"The bounds of {dtype} go from a lower to a higher number, within {allowed.min}..{allowed.max}; "
            f"{given[0]} do not."
        )
    return low, high
