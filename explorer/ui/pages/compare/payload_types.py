"""The shape of what two players in step read; `explorer/ui/web/pair/payload.js` says the same as JSDoc types."""

from __future__ import annotations

from typing import TypedDict


class RowColumns(TypedDict):
    """For each row the step of either run, -1 where it has none."""

    left: list[int]
    right: list[int]


class DifferencePayload(TypedDict):
    """One difference between two runs."""

    first: int  # row, as the next
    last: int
    text: str
    names: list[str]  # variables whose values differ


class PairPayload(TypedDict):
    """What joins two runs."""

    rows: RowColumns
    differences: list[DifferencePayload]
    labels: list[str]  # the settings that tell each side from the other: left, right


class PairHead(TypedDict):
    """The line of JSON that stands before three compressed payloads: left run, right run, and what joins them."""

    step: int | None  # the row to open at; None for where the reader stands, or stood when the tab last showed it
    detail: int | None  # the level to open at; None for the one that is shown
    sizes: list[int]  # of each compressed payload, in bytes
    fingerprint: str  # of all three
    linkParameter: str  # the name of the page's URL parameter for the row
