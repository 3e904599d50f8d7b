"""What the player shows, gathered from the rooms that know it: narration, phases, the drawn graph."""

from __future__ import annotations

from typing import Any

from explorer.drawing.forward_graph import draw
from explorer.drawing.palette import DARK, LIGHT
from explorer.reading.narration.narrator import narrate, narrate_ahead
from explorer.reading.unentered_phases import phases_not_entered
from explorer.record import Observation
from explorer.torch_source.phases import PHASES
from explorer.ui.player.payload import player_payload


def prepare(observation: Observation) -> dict[str, Any]:
    """The payload of one run. It is the same for a light and a dark page; the graph's dark colours come with it."""
    graph = observation.graph
    drawing = draw(graph, depth="operations", direction="LR", prefix="player") if graph.nodes else None
    narration = narrate(observation)
    payload = player_payload(
        observation,
        phases=PHASES,
        narration=narration,
        calling=narrate_ahead(observation, narration),
        asked=phases_not_entered(observation.trace),
        svg=drawing.svg if drawing else "",
        spans={**drawing.spans, **drawing.module_spans} if drawing else {},
    )
    payload["graph"]["dark"] = dark_colours()
    return payload


def dark_colours() -> dict[str, str]:
    """Each colour of the light palette, and the one that takes its place on a dark page."""
    pairs = {LIGHT.background: DARK.background, LIGHT.text: DARK.text, LIGHT.edge: DARK.edge}
    for role, paint in LIGHT.roles.items():
        pairs[paint.fill] = DARK.roles[role].fill
        pairs[paint.line] = DARK.roles[role].line
    return pairs
