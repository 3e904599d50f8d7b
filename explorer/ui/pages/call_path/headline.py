"""Say what a reader should know of a run before anything else, in one or two sentences."""

from __future__ import annotations

from explorer.record import ErrorInfo, Observation
from explorer.ui.shell.markdown import escaped

LONGEST_MESSAGE = 300  # characters of an exception's message; torch's compiler writes whole pages


def headline(observation: Observation) -> str:
    """Return Markdown, short enough for one line. Every number in it is counted in the record."""
    call = f"`{observation.expression}` on `{observation.title}`"
    if observation.error is not None:
        return f"{call} raised {_raised(observation.error)}{_why_nothing_ran(observation)}"
    returned = "" if observation.output is None else escaped(observation.output.text)
    return f"{call} returned **{returned}** after {_what_ran(observation)}.{_backward(observation)}"


def _what_ran(observation: Observation) -> str:
    """Return what ran, from the widest to the finest, without what did not occur."""
    trace, graph = observation.trace, observation.graph
    statements = [step for step in trace.steps[: trace.end] if step.kind == "statement"]
    roles = [trace.frames[step.frame].role for step in statements if step.frame is not None]
    operations = sum(node.kind == "operation" for node in graph.nodes)
    counts = ((observation.module_calls, "module call"), (operations, "operation"), (len(statements), "statement"))
    counted = ", ".join(f"**{number:,}** {thing}{'' if number == 1 else 's'}" for number, thing in counts if number)
    around = roles.count("call path")
    return f"{counted or 'nothing'} ({around:,} in `__call__`)" if around else counted or "nothing"


def _backward(observation: Observation) -> str:
    """Return what `backward()` did after the call; "" where it was not called."""
    backward = observation.backward
    if backward is None:
        return ""
    if backward.loss is None:
        return f" There was no loss for `backward()`: {reason}" if (reason := backward.reason) else ""
    if backward.error is not None:
        return f" `loss.backward()` raised **{backward.error.type}**."
    return f" `loss.backward()` reached {backward.reached} of {len(backward.gradients)} parameters."


def _raised(error: ErrorInfo) -> str:
    where = f" in `{error.function}`, line {error.line}" if error.function and error.line else ""
    whole = len(error.message) <= LONGEST_MESSAGE
    message = escaped(error.message.removesuffix(".") if whole else error.message[:LONGEST_MESSAGE])
    return f"**{error.type}**{where}: {message}{'.' if whole else ' …'}"


def _why_nothing_ran(observation: Observation) -> str:
    """Return why nothing ran at all; "" where something did."""
    lookup = observation.lookup
    if lookup.provider is not None or lookup.instance_attribute:
        return ""
    *classes, last = (f"`{name.rsplit('.', 1)[-1]}`" for name in lookup.searched)
    return f" Neither {', '.join(classes)} nor {last} has `{lookup.attribute}`, so nothing ran."
