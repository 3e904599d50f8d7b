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
    return first_place_on_the_way(run, run.steps[node.steps[0]])


def first_place_on_the_way(run: RunIndex, step: Step) -> Place | None:
    """Return the innermost statement outside of torch on the way to a step, that of the step included."""
    for frame, at in run.way_to(step):
        if not is_torch_file(frame.file):
            return place_of(frame, at)
    return None


def place_of(frame: Frame, step: Step) -> Place:
    """Return a step's statement, as a note names it."""
    text = statement_text(frame.file, (step.line, step.end_line)).partition("  #")[0]  # without a comment
    shown = text if len(text) <= TEXT_LENGTH else f"{text[: TEXT_LENGTH - 1]}…"
    return Place(frame.function, step.line, f"`{shown}` in `{frame.function}`, line {step.line}")
