"""Where an operation ran, as a note names it: the statement of the code that is not torch's own."""

from __future__ import annotations

from dataclasses import dataclass

from explorer.reading.notes.run_index import RunIndex
from explorer.record import Frame, Node, Step
from explorer.torch_source.files import is_torch_file
from explorer.torch_source.statements import statement_text

TEXT_LENGTH = 60  # characters of a statement that a note quotes


@dataclass(frozen=True, slots=True)
class Place:
    """A statement that ran."""

    function: str  # qualified
    line: int
    text: str  # "`x = F.dropout(x)` in `Net.forward`, line 12"


def first_place(run: RunIndex, node: Node) -> Place | None:
    """Return the innermost statement outside of torch on the way to an operation; None where there is none."""
    for frame, step in run.way_to(run.steps[node.steps[0]]):
        if not is_torch_file(frame.file):
            return place_of(frame, step)
    return None


def place_of(frame: Frame, step: Step) -> Place:
    """Return a step's statement, as a note names it."""
    text = statement_text(frame.file, (step.line, step.end_line)).partition("  #")[0]  # without a comment
    shown = text if len(text) <= TEXT_LENGTH else f"{text[: TEXT_LENGTH - 1]}…"
    return Place(frame.function, step.line, f"`{shown}` in `{frame.function}`, line {step.line}")
