"""Sentences for generators and coroutines: where one goes on, pauses, is closed, and is finished."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from explorer.reading.narration.phrases import value_text
from explorer.record import Frame, FramePart, Pause, Step

_WHERE: Mapping[Pause, str] = MappingProxyType(
    {"yield": "at its `yield`", "yield from": "in its `yield from`", "await": "where it waits"}
)


def goes_on(step: Step, frame: Frame, part: FramePart) -> str:
    """Return the sentence for the step at which one goes on after a pause."""
    if part.after is None:
        return f"`{frame.function}` does not begin: an exception is raised in it from outside."
    if part.thrown:
        return (
            f"`{frame.function}` goes on {_WHERE[part.after]}, on line {step.line}: an exception is raised in it there."
        )
    after = {"yield": "after its `yield`", "yield from": "in its `yield from`", "await": "where it waited"}[part.after]
    return f"`{frame.function}` goes on {after}, on line {step.line}."


def part_ends(step: Step, frame: Frame, part: FramePart) -> str:
    """Return the sentence for the step at which one pauses, or comes to its end."""
    if part.until == "await":
        return f"`{frame.function}` pauses where it waits."
    if part.until is not None:
        # Python wraps what an asynchronous generator gives out, and says no more of it.
        value = "a value" if part.of == "asynchronous generator" else value_text(step.value)
        gives = "gives out" if part.until == "yield" else "hands on"
        return f"`{frame.function}` {gives} {value}, and pauses {_WHERE[part.until]}."
    if part.of != "coroutine" and (step.value is None or step.value.type == "NoneType"):
        return f"`{frame.function}` is finished: it has nothing more to give."
    return f"`{frame.function}` is finished, and returns {value_text(step.value)}."


def thrown_in(step: Step, part: FramePart, what: str) -> str:
    """Return the sentence for the exception that is raised from outside. what: the exception as text."""
    if step.value is not None and step.value.type == "GeneratorExit":
        return f"The {part.of} is closed: Python raises {what} where it paused."
    return f"The exception comes from outside, not from this line: {what}."
