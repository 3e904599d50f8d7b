"""A tensor's elements as a few small images."""

from __future__ import annotations

from typing import NamedTuple


class Picture(NamedTuple):
    """A tensor of three dimensions or more as images side by side, of two as one, of one as a row.

    Of the dimensions before the last three, the first index is shown. Elements are averaged where there are more than
    the picture has cells.
    """

    images: int  # how many there are: the first ones of the last dimension but two, at most 16
    rows: int  # of an image, at most 28
    columns: int  # of an image, at most 28; of a single row at most 64
    minimum: float  # what a cell of 0 stands for, in the tensor's own unit
    maximum: float  # what a cell of 255 stands for
    cells: str  # a byte for each cell, image by image and row by row, in base64
