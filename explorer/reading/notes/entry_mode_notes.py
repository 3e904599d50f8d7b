"""Sentences on the entry mode: what inputs by name, `torch.compile`, `torch.jit.trace` and `backward()` changed."""

from __future__ import annotations

from collections.abc import Iterator

from explorer.reading.compiled_frames import compiled_frames, is_compiled
from explorer.reading.hook_order import kind_of_hook
from explorer.record import Frame, Observation
from explorer.wording import listed

NAMES_LISTED = 3  # how many names a sentence lists


def entry_mode_notes(observation: Observation) -> Iterator[str]:
    """Yield the notes of a run in another entry mode than a plain call, and of one that went on with `backward()`."""
    experiment = observation.experiment
    if experiment is None:
        return
    if experiment.entry_mode == "compile":
        yield from _compile(observation)
    elif experiment.entry_mode == "jit.trace":
        yield from _jit_trace(observation)
    if experiment.keyword and observation.inputs and observation.inputs[0][0].isdigit():
        yield "The input went in by its position: what is called has no parameter with a name to use."
    if experiment.backward:
        yield from _backward(observation)


def _compile(observation: Observation) -> Iterator[str]:
    trace, error = observation.trace, observation.error
    if observation.lookup.attribute == "forward":
        yield "`model.forward(x)` goes past the compiled version: `model.compile()` changed only what `model(x)` does."
        return
    if error is not None and error.type == "TorchRuntimeError":
        yield (
            "torch could not compile this call: its trial on tensors without content raised, with the error of the "
            "plain call inside."
        )
        return
    compiled = [trace.frames[index] for index in compiled_frames(observation)]
    if not compiled:
        yield "`__call__` took the compiled branch, but no compiled function ran: every statement ran as Python does."
        return
    called = len(observation.graph.calls)
    left = "one module call is left" if called == 1 else f"{called} module calls are left"
    replaced = _replaced(observation, [frame for frame in compiled if frame.role == "forward"])
    yield (
        f"{f'`torch.compile` replaced {replaced}, and {left}. ' if replaced else ''}"
        f"{_around(observation, compiled)} A first call compiled, on copies of the inputs and of what the model "
        "holds; this is the second one."
    )


def _replaced(observation: Observation, bodies: list[Frame]) -> str:
    """Return the functions, and whether all of each was replaced: torch leaves to Python what it cannot compile."""
    trace = observation.trace
    frames = [(step, trace.frames[step.frame]) for step in trace.steps if step.frame is not None]
    python = {
        (frame.file, frame.first_line)
        for step, frame in frames
        if step.kind == "statement" and not is_compiled(step, frame)
    }
    whole, part = (
        list(dict.fromkeys(f"`{body.function}`" for body in bodies if ((body.file, body.first_line) in python) is some))
        for some in (False, True)
    )
    parts = (
        [f"{listed(whole, NAMES_LISTED)}: none of {'its' if len(whole) == 1 else 'their'} lines ran"] if whole else []
    )
    parts += [f"{listed(part, NAMES_LISTED)} in part: the rest ran as Python"] if part else []
    return "; ".join(parts)


def _around(observation: Observation, compiled: list[Frame]) -> str:
    """Return a sentence on `__call__`, which stays Python, and on the hooks that it called."""
    trace = observation.trace
    called = [step.frame for step in trace.steps if step.kind == "call" and step.phase != "backward"]
    hooks = [trace.frames[index] for index in called if index is not None and trace.frames[index].role == "hook"]
    made = list(dict.fromkeys(f"`{hook.function}`" for hook in hooks if hook in compiled))
    plain = list(dict.fromkeys(f"`{hook.function}`" for hook in hooks if hook not in compiled))
    around = f" and {_hooks(plain)} around it" if plain else ""
    return f"`__call__`{around} ran as ever{f'; {_hooks(made)} ran compiled' if made else ''}."


def _hooks(names: list[str]) -> str:
    return f"the hook{'' if len(names) == 1 else 's'} {listed(names, NAMES_LISTED)}"


def _jit_trace(observation: Observation) -> Iterator[str]:
    experiment, error = observation.experiment, observation.error
    assert experiment is not None
    if len(observation.trace.steps) == 1:
        yield "`torch.jit.trace` raised before it called the model, so no line of it ran."
        return
    if error is not None and error.step is None:
        yield "The call itself was over when `torch.jit.trace` raised: it cannot make a script of what was returned."
    if experiment.call == "forward" and observation.lookup.attribute == "forward":
        yield "`model.forward` is a plain function here, and `torch.jit.trace` calls that: not the model's `__call__`."
    elif experiment.call == "forward":
        yield "Given `model.forward`, `torch.jit.trace` takes the module and calls that: `__call__` runs all the same."
    if any(frame.function.endswith("._slow_forward") for frame in observation.trace.frames):
        numbers = any(
            node.inputs and all(label.shape == () and label.dtype == "int64" for label in node.inputs)
            for node in observation.graph.nodes
        )
        sizes = " Sizes are tensors meanwhile, so arithmetic with them is an operation too." if numbers else ""
        yield f"`torch.jit.trace` made this call, so each module went through `_slow_forward`.{sizes}"


def _backward(observation: Observation) -> Iterator[str]:
    """Yield a note on the first full backward hook that was given None for the gradient of each input."""
    trace = observation.trace
    for step in trace.steps:
        if step.kind == "call" and step.phase == "backward" and step.frame is not None:
            given = {change.name: change.value for change in step.changes}.get("grad_input")
            full = kind_of_hook(observation, trace.frames[step.frame]) == "full_backward"
            if full and given is not None and given.only_nones:
                one = len(given.items) == 1
                why = "its module's input needs no gradient" if one else "none of its module's inputs needs a gradient"
                hook = trace.frames[step.frame].function
                yield f"The backward hook `{hook}` was given `grad_input` = `{given.text}`: {why}."
                return
