"""Facts of a record that several questions ask for, and how they are said."""

from __future__ import annotations

from explorer.catalog.hooks import hook_number
from explorer.record import ErrorInfo, Observation, Summary


def hook_ran(observation: Observation, number: int = 1) -> int:
    """Return how often a hook ran. number: its number in the order of registration, from 1."""
    return sum(hook_number(frame.function) == number for frame in observation.trace.frames)


def hook_was_given(observation: Observation, argument: str, number: int = 1) -> Summary | None:
    """Return what a hook's first call got as an argument; None where it was not called or has none of that name."""
    for frame in observation.trace.frames:
        if hook_number(frame.function) == number:
            for step in observation.trace.steps:
                if step.frame == frame.index and step.kind == "call":
                    return next((change.value for change in step.changes if change.name == argument), None)
    return None


def frames_of(observation: Observation, function: str, module: str = "") -> int:
    """Return how many frames of a function served this module."""
    return sum(frame.function == function and frame.module == module for frame in observation.trace.frames)


def forward_returned(observation: Observation) -> Summary | None:
    """Return what the outermost module's own `forward` returned."""
    frames = {frame.index for frame in observation.trace.frames if frame.role == "forward" and frame.module == ""}
    returned = (step.value for step in observation.trace.steps if step.kind == "return" and step.frame in frames)
    return next(returned, None)


def forward_caller(observation: Observation) -> str | None:
    """Return which traced function called the outermost module's own `forward`; None where there is none."""
    frames = observation.trace.frames
    forward = next((frame for frame in frames if frame.role == "forward" and frame.module == ""), None)
    return frames[forward.caller].function if forward is not None and forward.caller is not None else None


def grad_fn(observation: Observation) -> str | None:
    """Return the class name of the output's `grad_fn`, as "AddmmBackward0"; None where it has none."""
    output = observation.output
    return output.tensor.grad_fn if output is not None and output.tensor is not None else None


def ended(observation: Observation) -> str:
    """Return how the call ended: the exception's first sentence, or what was returned."""
    error = observation.error
    return f"raised {first_sentence(error)}" if error else f"returned {returned(observation)}"


def first_sentence(error: ErrorInfo) -> str:
    """Return an exception's type and message, as Python writes them, up to the first full stop."""
    return f"`{error.type}: {error.message.partition('. ')[0]}`"


def returned(observation: Observation) -> str:
    return f"`{observation.output.text}`" if observation.output is not None else "nothing"
