"""Say what drew at random in a run, where, and what decided that it did; and where dropout did nothing at all."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from explorer.reading.notes.deciders import Decision, decision_on
from explorer.reading.notes.places import first_place
from explorer.reading.notes.run_index import RunIndex
from explorer.record import ModuleCall, Node, Observation
from explorer.wording import count, listed

NAMES_LISTED = 3
SOURCES: Mapping[str, str] = MappingProxyType({"random": "Python's `random`", "numpy": "`numpy.random`"})


@dataclass(frozen=True, slots=True)
class _Draw:
    """One operation that drew."""

    node: Node
    decision: Decision


def draws(run: RunIndex) -> Iterator[str]:
    """Yield a note for each thing that decided that operations drew at random."""
    observation = run.observation
    nodes = [node for node in observation.graph.nodes if node.drew]
    if nodes:
        found = _decided(run, nodes)
        for value in (True, False):  # of the flag
            calls = [draw.decision.call for draw in found if draw.decision.how == "flag" and draw.decision.call]
            decided = [call for call in calls if call.training is value]
            if decided:
                yield _by_flag(observation, decided)
        others: dict[Decision, list[Node]] = {}
        for draw in found:
            if draw.decision.how != "flag":
                others.setdefault(draw.decision, []).append(draw.node)
        for decision, drew in others.items():
            yield f"{_what(decision)} drew at random{_mode(observation)}{_where(run, drew)}{_reason(decision)}."
    yield from _other_sources(observation, recorded=bool(nodes))


def _decided(run: RunIndex, nodes: Iterable[Node]) -> list[_Draw]:
    """Return each operation with what decided; those that were reached the same way are looked at once."""
    known: dict[tuple[object, ...], Decision] = {}
    found = []
    for node in nodes:
        call = run.calls[node.call] if node.call is not None else None
        way = tuple((frame.file, frame.module, step.line) for frame, step in run.way_to(run.steps[node.steps[0]]))
        key = (node.operation, call and (call.training, call.script), node.script, node.training, way)
        if key not in known:
            known[key] = decision_on(run, node)
        found.append(_Draw(node, known[key]))
    return found


def _by_flag(observation: Observation, calls: list[ModuleCall]) -> str:
    """Return the sentence on the modules whose own flag decided. calls: of modules with the same flag."""
    names = list(dict.fromkeys(_name(call) for call in calls))
    outermost = all(call.parent is None for call in calls)
    whose = "its" if len(names) == 1 else "their"
    if not calls[0].training:
        who = f"{listed(names, NAMES_LISTED)} drew at random{_mode(observation)}"
        return f"{who}: {whose} `training` flag decides that, which is False."
    if observation.training is False and not outermost:
        return (
            f"{listed(names, NAMES_LISTED)} drew at random while the model is in eval mode: each module has a "
            f"`training` flag of its own, and {whose + ' own' if len(names) == 1 else 'theirs'} is True."
        )
    decides = f"{whose} `training` flag decides that" + (
        ", not the grad mode" if observation.grad_mode != "enabled" else ""
    )
    return f"{listed(names, NAMES_LISTED)} drew at random{_under(observation)}: {decides}."


def _name(call: ModuleCall) -> str:
    return f"`{call.module or call.module_class}`"


def _under(observation: Observation) -> str:
    return f" under `{observation.grad_mode}` too" if observation.grad_mode != "enabled" else ""


def _mode(observation: Observation) -> str:
    return " while the model is in eval mode" if observation.training is False else _under(observation)


def _where(run: RunIndex, nodes: list[Node]) -> str:
    """Return where operations ran: the first place, and how many more there are."""
    places = list(
        dict.fromkeys(place.text for place in (first_place(run, node) for node in nodes) if place is not None)
    )
    more = f" and {count(len(places) - 1, 'more place')}" if len(places) > 1 else ""
    return f", at {places[0]}{more}" if places else ""


def _what(decision: Decision) -> str:
    return _name(decision.call) if decision.call is not None else f"`{decision.function}`"


def _reason(decision: Decision) -> str:
    """Return what decided, as the end of a sentence; "" where it is not known."""
    name = decision.parameter
    if decision.how == "script":
        return _reason_in_script(decision)
    if decision.how == "default":
        return f": its own argument `{name}` decides; it is not passed, and its default is True"
    if decision.how == "passed":
        return f": its own argument `{name}` decides, for which `{decision.text}` is passed"
    if decision.how == "given":
        return f": its own argument `{name}` decides, and it was True"
    return ": no `training` flag decides that" if decision.how == "none" else ""


def _reason_in_script(decision: Decision) -> str:
    constant = "it is a script, in which `training` is the constant True"
    if decision.script == "flag":
        return ": it is a script, and its own `training` flag decides, which is True"
    if decision.script == "both":
        return f": {constant} for one operation, and its own flag, {decision.training}, for another"
    return f": {constant}, and its own flag, {decision.training}, has no say"


def _other_sources(observation: Observation, recorded: bool) -> Iterator[str]:
    """Yield a note where the call drew from another source than torch's generator, or outside of any operation."""
    sources = [SOURCES[source] for source in observation.drawn_from if source in SOURCES]
    if sources:
        yield f"The call drew random numbers from {listed(sources)}, which `torch.manual_seed` does not seed."
    if "torch" in observation.drawn_from and not recorded:
        yield "The call left torch's random generator in another state, by none of the operations that were recorded."


def handed_back(run: RunIndex) -> Iterator[str]:
    """Yield a note on modules that ask for their mode, and in eval mode returned the very tensor that they got."""
    names: dict[str, None] = {}
    nodes = run.observation.graph.nodes
    busy = {node.call for node in nodes if node.kind == "operation" and not node.in_hook}
    for call in run.calls:
        idle = call.training is False and not call.children and call.script is None and call.index not in busy
        if idle and _returned_what_it_got(run, call):
            names[_name(call)] = None
    if names:
        given = (
            "it returned the very tensor that it was"
            if len(names) == 1
            else "each returned the very tensor that it was"
        )
        yield f"In eval mode {listed(names, NAMES_LISTED)} ran no operation: {given} given."


def _returned_what_it_got(run: RunIndex, call: ModuleCall) -> bool:
    """Return whether the module's own `forward` asks for `training`, and returned the very tensor that it was given.

    A tensor that did not change has one summary however often it was recorded; two tensors have two, even if equal.
    """
    for step in run.steps[call.steps[0] : call.steps[1] + 1]:
        frame = run.frames[step.frame] if step.frame is not None else None
        if step.kind == "call" and frame is not None and frame.role == "forward":
            given = [change.value for change in step.changes if change.value.tensor is not None]
            source, after = run.source(frame), run.after(step)
            asks = source is not None and any(source.mentions(each.line, "training") for each in after)
            last = run.steps_of[frame.index][-1]
            return asks and last.kind == "return" and any(last.value is tensor for tensor in given)
    return False
