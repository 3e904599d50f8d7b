"""Give the browser the map as plain data: lines, statements, and the runs that executed each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from explorer.experiment import Experiment
from explorer.presets import PRESET_GROUPS, PRESETS, Preset
from explorer.reading.call_map import MappedStatement, Reached, mapped_functions, why_not
from explorer.torch_source.files import MODULE_FILE
from explorer.ui.pages.call_map.payload_types import MapPayload, PlacePayload
from explorer.ui.player.highlight import function_lines
from explorer.ui.shell.page_links import link


@dataclass(frozen=True)
class ReachedStatements:
    """The statements of `__call__` that this run executed, and those that each preset that has run so far did."""

    experiment: Experiment
    this_run: Reached
    presets: Mapping[Preset, Reached]

    @property
    def complete(self) -> bool:
        """Return whether every preset has run."""
        return len(self.presets) == len(PRESETS)

    @property
    def by_presets(self) -> frozenset[int]:
        """Return the first lines of the statements that at least one preset executed."""
        return frozenset().union(*self.presets.values())


def payload(reached: ReachedStatements) -> MapPayload:
    """Return the map in JSON's own types."""
    return {
        "complete": reached.complete,
        "run": link(reached.experiment),
        "presets": [
            {"title": preset.title, "sentence": preset.sentence, "link": link(preset.experiment)} for preset in PRESETS
        ],
        "groups": [(name, [PRESETS.index(preset) for preset in presets]) for name, presets in PRESET_GROUPS.items()],
        "counts": [len(reached.presets[preset]) if preset in reached.presets else None for preset in PRESETS],
        "regions": [
            {
                "name": region.name,
                "first": region.first,
                "lines": list(function_lines(MODULE_FILE, region.first, region.last)),
                "places": [_place(place, reached) for place in region.statements],
            }
            for region in mapped_functions()
        ],
    }


def _place(place: MappedStatement, reached: ReachedStatements) -> PlacePayload:
    by = [
        (number, reached.presets[preset][place.first])
        for number, preset in enumerate(PRESETS)
        if place.first in reached.presets.get(preset, {})
    ]
    ran = place.first in reached.this_run
    return {
        "first": place.first,
        "last": place.last,
        "text": place.text,
        "step": reached.this_run.get(place.first),
        "by": by,  # (index of the preset, step)
        "why": why_not(place) if reached.complete and not by and not ran else None,
    }
