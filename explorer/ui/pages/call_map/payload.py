"""The map as plain data for the browser: lines, statements, and the runs that executed each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from explorer.experiment import Experiment
from explorer.presets import GROUPS, PRESETS, Preset
from explorer.reading.call_map import MappedStatement, Reached, mapped_functions, why_not
from explorer.torch_source.files import MODULE_FILE
from explorer.ui.pages.call_map.payload_types import MapPayload, PlacePayload
from explorer.ui.player.highlight import function_lines
from explorer.ui.shell.page_links import link


@dataclass(frozen=True)
class Atlas:
    """What is known: this run's statements, and those of each preset that has run so far."""

    experiment: Experiment
    this_run: Reached
    presets: Mapping[Preset, Reached]

    @property
    def complete(self) -> bool:
        return len(self.presets) == len(PRESETS)

    @property
    def by_presets(self) -> frozenset[int]:
        """First lines of the statements that at least one preset executed."""
        return frozenset().union(*self.presets.values())


def payload(atlas: Atlas) -> MapPayload:
    """JSON's own types."""
    return {
        "complete": atlas.complete,
        "run": link(atlas.experiment),
        "presets": [
            {"title": preset.title, "sentence": preset.sentence, "link": link(preset.experiment)} for preset in PRESETS
        ],
        "groups": [(name, [PRESETS.index(preset) for preset in presets]) for name, presets in GROUPS.items()],
        "counts": [len(atlas.presets[preset]) if preset in atlas.presets else None for preset in PRESETS],
        "regions": [
            {
                "name": region.name,
                "first": region.first,
                "lines": list(function_lines(MODULE_FILE, region.first, region.last)),
                "places": [_place(place, atlas) for place in region.statements],
            }
            for region in mapped_functions()
        ],
    }


def _place(place: MappedStatement, atlas: Atlas) -> PlacePayload:
    by = [
        (number, atlas.presets[preset][place.first])
        for number, preset in enumerate(PRESETS)
        if place.first in atlas.presets.get(preset, {})
    ]
    ran = place.first in atlas.this_run
    return {
        "first": place.first,
        "last": place.last,
        "text": place.text,
        "step": atlas.this_run.get(place.first),
        "by": by,  # (index of the preset, step)
        "why": why_not(place) if atlas.complete and not by and not ran else None,
    }
