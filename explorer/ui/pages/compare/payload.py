"""Give the two players in step their data: a record for each side, and the rows that join them."""

from __future__ import annotations

from typing import Any

from explorer.reading.compare import Comparison
from explorer.reading.narration.narrator import narrate, narrate_ahead
from explorer.record import Observation
from explorer.torch_source.phases import PHASES
from explorer.ui.pages.compare.difference_words import difference_sentence
from explorer.ui.player.payload import player_payload


def side_payload(observation: Observation) -> dict[str, Any]:
    """Return one side's record, without its drawn graph."""
    narration = narrate(observation)
    calling = narrate_ahead(observation, narration)
    return player_payload(observation, phases=PHASES, narration=narration, calling=calling)


def pair_payload(comparison: Comparison, labels: tuple[str, str]) -> dict[str, Any]:
    """Return the rows as two columns of steps, -1 where a side has none; and each difference once.

    labels: the settings that tell each side from the other.
    """
    return {
        "rows": {
            "left": [-1 if row.left is None else row.left for row in comparison.rows],
            "right": [-1 if row.right is None else row.right for row in comparison.rows],
        },
        "differences": [
            {
                "first": difference.first,
                "last": difference.last,
                "text": difference_sentence(comparison, difference),
                "names": sorted({facet.name.partition("[")[0] for facet in difference.facets}),
            }
            for difference in comparison.differences
        ],
        "labels": list(labels),
    }
