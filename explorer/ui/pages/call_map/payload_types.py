"""The shape of what the map reads; `explorer/ui/web/map/payload.js` says the same as JSDoc types."""

from __future__ import annotations

from typing import TypedDict

from explorer.ui.player.highlight import Line


class StatementPayload(TypedDict):
    """One statement of `__call__`, and the runs that executed it."""

    first: int  # line, as the next
    last: int
    text: str
    step: int | None  # of this run; None where this run did not execute it
    by: list[tuple[int, int]]  # index of a preset that executed it, and the step there
    why: str | None  # the reason where nothing executes it


class RegionPayload(TypedDict):
    """A stretch of torch's source: `__call__` itself, or what it goes through."""

    name: str
    first: int  # number of its first line
    lines: list[Line]
    statements: list[StatementPayload]


class PresetPayload(TypedDict):
    """A preset, with the link that opens it."""

    title: str
    sentence: str
    link: str


class MapPayload(TypedDict):
    """The map as far as it is known."""

    complete: bool  # whether all presets have run
    run: str  # the link that opens this run
    presets: list[PresetPayload]
    groups: list[tuple[str, list[int]]]  # a name, and the indices of its presets
    counts: list[int | None]  # for each preset how many statements it executed; None before it has run
    regions: list[RegionPayload]
