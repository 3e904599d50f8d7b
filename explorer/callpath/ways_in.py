"""Sentences for steps that only some ways in have: compiled functions, and hooks that `backward()` runs."""

from __future__ import annotations

from collections.abc import Sequence

from explorer.callpath.source import statement_text
from explorer.record import Change, Frame, Step


def is_compiled(step: Step, frame: Frame) -> bool:
    """Whether a step is code that `torch.compile` put in a function's place: it stands at the function's own `def`.

    No statement of a function does that: the frame of a function begins after it.
    """
    return (
        step.kind == "statement"
        and step.line == frame.first_line
        and statement_text(frame.file, (step.line, step.line)).startswith(("def ", "@"))
    )


def compiled_sentence(frame: Frame, ran: str) -> str:
    """ran: which operations ran meanwhile, as a sentence; "" where none did."""
    said = f"What `torch.compile` made of `{frame.function}` runs in its place, so none of its lines does."
    return f"{said} {ran}".rstrip()


def backward_hook_sentence(frame: Frame, given: Sequence[Change]) -> str:
    """A backward hook begins. What it is given is told, and what a missing gradient means."""
    who = f"`{frame.module}`" if frame.module else "the outermost module"
    values = {change.name: change.value.text for change in given if change.name != "module"}
    told = " and ".join(f"`{name}` = {text}" for name, text in values.items())
    missing = " The input needs no gradient, so there is None in its place." if "None" in values.get(
        "grad_input", ""
    ) else ""  # fmt: skip
    return f"Going back, autograd has reached {who}: the hook `{frame.function}` gets {told}.{missing}"
