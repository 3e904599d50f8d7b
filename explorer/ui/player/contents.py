"""What the player shows of a run, gathered from the rooms that know it: narration, phases, the drawn graph."""

from __future__ import annotations

from explorer.drawing.forward_graph import draw_in_time
from explorer.drawing.palette import DARK, LIGHT
from explorer.reading.narration.narrator import narrate, narrate_ahead
from explorer.reading.unentered_phases import phases_not_entered
from explorer.record import Graph, Observation
from explorer.runtime.garbage import without_collections
from explorer.torch_source.phases import PHASES
from explorer.ui.player.payload import player_payload
from explorer.ui.player.payload_types import GraphPayload, PlayerPayload


def run_payload(observation: Observation) -> PlayerPayload:
    """Return the payload of one run. It is the same for a light and a dark page."""
    with without_collections():
        narration = narrate(observation)
        return player_payload(
            observation,
            phases=PHASES,
            narration=narration,
            texts_ahead=narrate_ahead(observation, narration),
            unentered_phases=phases_not_entered(observation.trace),
            graph=_graph(observation.graph),
        )


def _graph(graph: Graph) -> GraphPayload:
    """Return the drawn forward graph, from left to right."""
    if not graph.nodes:
        return {"svg": "", "spans": {}, "dark_colours": dark_colours(), "folded": ""}
    drawing = draw_in_time(graph, depth="operations", direction="LR", prefix="player")
    spans = {key: list(found) for key, found in {**drawing.spans, **drawing.module_spans}.items()}
    return {"svg": drawing.svg, "spans": spans, "dark_colours": dark_colours(), "folded": drawing.folded}


def dark_colours() -> dict[str, str]:
    """Return each colour of the light palette, with the one that takes its place on a dark page."""
    pairs = {LIGHT.background: DARK.background, LIGHT.text: DARK.text, LIGHT.edge: DARK.edge}
    for role, paint in LIGHT.roles.items():
        pairs[paint.fill] = DARK.roles[role].fill
        pairs[paint.line] = DARK.roles[role].line
    return pairs
