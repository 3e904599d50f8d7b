"""A small picture of a tensor, made of the elements that are kept of it."""

from __future__ import annotations

from base64 import b64encode
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.record.pictures import Picture

IMAGES = 16  # at most so many of the last dimension but two
SIDE = 28  # cells of an image, at most, from one side to the other
ROW = 64  # cells of a tensor that is one row
STEPS = 255  # of a cell's byte


def picture_of(flat: NDArray[Any], shape: tuple[int, ...]) -> Picture | None:
    """Return the picture of a tensor; None where there is none to see: of a single number, of whole numbers such as
    token ids, and of what is infinite or not a number.

    flat: all its elements, [elements].
    """
    if flat.dtype.kind not in "fb" or not shape or flat.size < 2 or flat.size != np.prod(shape, dtype=np.int64):
        return None
    images, rows, columns = (*(1,) * (3 - len(shape)), *shape)[-3:]
    shown = min(images, IMAGES)
    first = flat[: shown * rows * columns].reshape(shown, rows, columns)
    if not np.isfinite(first).all():
        return None
    cells = _averaged(_averaged(first.astype(np.float64), 1, SIDE), 2, ROW if rows == 1 else SIDE)
    low, high = float(np.minimum.reduce(cells, None)), float(np.maximum.reduce(cells, None))
    if not np.isfinite(high - low):
        return None
    scaled = (cells - low) / (high - low) * STEPS if high > low else np.zeros_like(cells)
    content = b64encode(np.rint(scaled).astype(np.uint8).tobytes()).decode()
    return Picture(shown, cells.shape[1], cells.shape[2], low, high, content)


def _averaged(cells: NDArray[np.float64], axis: int, most: int) -> NDArray[np.float64]:
    """Return the means of runs of cells that follow each other, of as equal length as can be; at most so many."""
    size = cells.shape[axis]
    if size <= most:
        return cells
    starts = np.arange(most) * size // most
    lengths = np.diff(np.append(starts, size))
    sums: NDArray[np.float64] = np.add.reduceat(cells, starts, axis)
    return sums / lengths.reshape((-1, 1) if axis == 1 else (-1,))
