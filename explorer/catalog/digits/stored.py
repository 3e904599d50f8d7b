"""The handwritten digits that a reader may send in: twenty, none of which the weights were trained on.

Of each class there are two: the one that the network is surest of, as "7", and the one that it does worst at, as
"7-hard". `tools/train_digits.py` chooses them. Where they come from is in ORIGIN.md, beside this file.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any

import torch
import torch.nn.functional as F
from torch import Generator, Tensor

from explorer.catalog.entry import Asked

CLASSES = 10
HARD = "-hard"
DIGITS = (*(str(label) for label in range(CLASSES)), *(f"{label}{HARD}" for label in range(CLASSES)))
USUAL_DIGIT = "7"  # the one that goes in where none is chosen

INK = 16  # the darkest pixel of the data set
SIDE = 28  # pixels a side, as the network takes them
CHANNELS = 3


@dataclass(frozen=True, slots=True)
class StoredDigit:
    """One digit, and what the network `digits` makes of it.

    name: as in DIGITS. index: its place in scikit-learn's `load_digits()`. label: what was written, 0 to 9.
    scores: what the network gives to each of the ten classes, rounded to three decimals.
    pixels: 8 rows of 8 numbers, from 0 (paper) to 16 (ink).
    """

    name: str
    index: int
    label: int
    scores: tuple[float, ...]
    pixels: tuple[tuple[int, ...], ...]

    @property
    def scored_as(self) -> int:
        """The class of the highest score."""
        return max(range(CLASSES), key=self.scores.__getitem__)

    @property
    def margin(self) -> float:
        """How far the right class is above the best of the others; negative where the network is wrong."""
        others = [score for label, score in enumerate(self.scores) if label != self.label]
        return self.scores[self.label] - max(others)

    @property
    def words(self) -> str:
        """What the network makes of it, in two sentences."""
        *_, second, first = sorted(range(CLASSES), key=self.scores.__getitem__)
        ahead = f"{self.scores[first] - self.scores[second]:.1f} above class {second}"
        wrong = "" if first == self.label else ": the model is wrong"
        written = f"{'An' if self.label == 8 else 'A'} {self.label}, written by hand."
        return f"{written} In eval mode class {first} scores highest, {ahead}{wrong}."


@cache
def stored_digits() -> Mapping[str, StoredDigit]:
    """Return the digits by name, in the order of DIGITS."""
    found = json.loads((files(__package__) / "digits.json").read_text(encoding="utf-8"))
    by_name = {each["name"]: _stored(**each) for each in found}
    return MappingProxyType({name: by_name[name] for name in DIGITS})


def enlarged(pixels: Tensor) -> Tensor:
    """Return images for the network: float32 [count, 3, 28, 28], from 0 (paper) to 1 (ink), the channels equal.

    pixels: [count, 8, 8], from 0 to 16. Between them the larger image is interpolated bilinearly.
    """
    small = (pixels.float() / INK).unsqueeze(1)
    large = F.interpolate(small, size=(SIDE, SIDE), mode="bilinear", align_corners=False)
    return large.repeat(1, CHANNELS, 1, 1)


def digit_images(generator: Generator, asked: Asked) -> tuple[Tensor]:
    """Return float32 [batch, 3, 28, 28]: the digit that was asked for, then those that follow it in DIGITS."""
    first = DIGITS.index(asked.digit or USUAL_DIGIT)
    names = [DIGITS[(first + row) % len(DIGITS)] for row in range(asked.batch or 1)]
    return (enlarged(torch.tensor([stored_digits()[name].pixels for name in names])),)


def _stored(scores: list[float], pixels: list[list[int]], **others: Any) -> StoredDigit:
    """Return a digit as it stands in the file, its lists as tuples."""
    return StoredDigit(scores=tuple(scores), pixels=tuple(map(tuple, pixels)), **others)
