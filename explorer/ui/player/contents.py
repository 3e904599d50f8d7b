"""What the player shows of a run, gathered from the rooms that know it: narration, phases, the river."""

from __future__ import annotations

from explorer.catalog import entries
from explorer.reading.narration.narrator import narrate, narrate_ahead
from explorer.reading.unentered_phases import phases_not_entered
from explorer.record import Observation
from explorer.runtime.garbage import without_collections
from explorer.torch_source.phases import PHASES
from explorer.ui.player.payload import player_payload
from explorer.ui.player.payload_types import PlayerPayload
from explorer.ui.player.river import river_payload


def run_payload(observation: Observation) -> PlayerPayload:
    """Return the payload of one run."""
    with without_collections():
        narration = narrate(observation)
        return player_payload(
            observation,
            phases=PHASES,
            narration=narration,
            texts_ahead=narrate_ahead(observation, narration),
            unentered_phases=phases_not_entered(observation.trace),
            river=river_payload(observation.graph, classes=_gives_classes(observation)),
        )


def _gives_classes(observation: Observation) -> bool:
    """Return whether each number of the output is the score of a class, as the catalogue says."""
    experiment = observation.experiment
    called = None if experiment is None else entries().get(experiment.model)
    return called is not None and called.output == "class"
