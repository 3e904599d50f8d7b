"""Give the two players in step their data: a record for each side, and the rows that join them."""

from __future__ import annotations

from explorer.reading.compare import Comparison
from explorer.reading.narration.narrator import narrate, narrate_ahead
from explorer.record import Observation
from explorer.torch_source.phases import PHASES
from explorer.ui.pages.compare.difference_words import difference_sentence
from explorer.ui.pages.compare.payload_types import PairPayload
from explorer.ui.player.payload import player_payload
from explorer.ui.player.payload_types import PlayerPayload


def side_payload(observation: Observation) -> PlayerPayload:
    """Return one side's record, without its drawn graph."""
    narration = narrate(observation)
    texts_ahead = narrate_ahead(observation, narration)
    return player_payload(observation, phases=PHASES, narration=narration, texts_ahead=texts_ahead)


def pair_payload(comparison: Comparison, labels: tuple[str, str]) -> PairPayload:
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
                "names": sorted({aspect.name.partition("[")[0] for aspect in difference.aspects}),
            }
            for difference in comparison.differences
        ],
        "labels": list(labels),
    }
