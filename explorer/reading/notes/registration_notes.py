"""Say which modules were called that are not registered in the model, so that the model's methods do not reach them."""

from __future__ import annotations

from collections.abc import Iterator

from explorer.reading.notes.places import first_place_on_the_way
from explorer.reading.notes.run_index import RunIndex
from explorer.record import ModuleCall
from explorer.wording import count

NOTES_AT_MOST = 3


def unregistered(run: RunIndex) -> Iterator[str]:
    """Yield a note for each place that calls modules which are not registered."""
    calls = run.calls
    if not calls or calls[0].parent is not None or not calls[0].registered:
        return
    found: dict[tuple[str, str], list[ModuleCall]] = {}
    for call in calls:
        above = calls[call.parent] if call.parent is not None else None
        if not call.registered and above is not None and above.registered:
            found.setdefault((call.module_class, _where(run, call)), []).append(call)
    places = list(found.items())
    for (kind, where), called in places[:NOTES_AT_MOST]:
        yield f"`{kind}` is called{where}, and it is not registered in the model: {_so(run, called)}."
    if len(places) > NOTES_AT_MOST:
        more = len(places) - NOTES_AT_MOST
        call_or_calls = "calls" if more == 1 else "call"
        yield f"{count(more, 'more place')} {call_or_calls} modules that are not registered in the model."


def _where(run: RunIndex, call: ModuleCall) -> str:
    first = run.steps[call.steps[0]]
    frame = run.frames[first.frame] if first.frame is not None else None
    caller = run.calling_step(frame) if frame is not None else None
    place = first_place_on_the_way(run, caller) if caller is not None else None
    return "" if place is None else f" at {place.text}"


def _so(run: RunIndex, called: list[ModuleCall]) -> str:
    """Return what follows, with the module's own flag where it is not that of the model."""
    flags = {call.training for call in called}
    model = run.observation.training
    so = "`train()`, `eval()`, `to()` and `parameters()` do not reach it"
    if model is not None and flags == {not model}:
        modes = ("eval", "train")
        return f"{so}. It is in {modes[not model]} mode, and the model in {modes[model]} mode"
    return so
