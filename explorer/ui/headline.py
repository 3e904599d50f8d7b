"""What a reader should know of a run before anything else, in one or two sentences."""

from __future__ import annotations

from explorer.record import ErrorInfo, Observation


def headline(observation: Observation) -> str:
    """Markdown. Every number in it is counted in the record."""
    call = f"`{observation.expression}` on `{observation.title}`"
    error, output = observation.error, observation.output
    if error is not None and observation.lookup.provider is None:
        return f"{call} raised {_raised(error)} {_nowhere(observation)}"
    if error is not None:
        return f"{call} raised {_raised(error)} Until then: {_on_the_way(observation)}."
    returned = "" if output is None else _plain(output.text)
    return f"{call} returned **{returned}**. On the way: {_on_the_way(observation)}."


def _on_the_way(observation: Observation) -> str:
    """What ran, from the widest to the finest, leaving out what did not occur."""
    trace, graph = observation.trace, observation.graph
    statements = [step for step in trace.steps if step.kind == "statement"]
    roles = [trace.frames[step.frame].role for step in statements if step.frame is not None]
    operations = sum(node.kind == "operation" for node in graph.nodes)
    parts = [
        _count(len(graph.calls), "module call"),
        _count(operations, "tensor operation"),
        _count(len(statements), "statement of Python", "statements of Python"),
    ]
    told = ", ".join(part for part in parts if not part.startswith("**0** "))
    around = roles.count("call path")
    return f"{told or 'nothing'}, {around:,} of them torch's own around `forward`" if around else told or "nothing"


def _raised(error: ErrorInfo) -> str:
    where = f" in `{error.function}`, line {error.line}" if error.function and error.line else ""
    return f"**{error.type}**{where}: {_plain(error.message)}."


def _nowhere(observation: Observation) -> str:
    lookup = observation.lookup
    places = ", ".join(f"`{name.rsplit(".", 1)[-1]}`" for name in lookup.searched)
    return f"Python looked for `{lookup.attribute}` in {places} and found it nowhere, so nothing ran."


def _count(number: int, one: str, many: str = "") -> str:
    return f"**{number:,}** {one if number == 1 else many or one + 's'}"


def _plain(text: str) -> str:
    """Text that Markdown shows as it is."""
    for mark in "\\`*_[]<>$:#|~":
        text = text.replace(mark, f"\\{mark}")
    return text
