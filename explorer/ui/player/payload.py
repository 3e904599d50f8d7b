"""An observation as the player reads it: plain JSON values, each written once.

Steps and frames are columns, and values, texts and sources are tables that the columns point into: a ResNet-18 has
thousands of steps but few different ones.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Generic, TypeVar

from explorer.record import Change, Frame, Observation, Picture, Statistics, Step, Summary, TensorFacts
from explorer.ui.player.highlight import function_lines
from explorer.ui.player.payload_types import (
    ChangeRow,
    Chapter,
    CodePayload,
    ErrorPayload,
    FrameColumns,
    LookupPayload,
    PicturePayload,
    PlayerPayload,
    RiverPayload,
    StatisticsPayload,
    StepColumns,
    TensorPayload,
    ValuePayload,
)

Key = TypeVar("Key")
Item = TypeVar("Item")

PACKAGE_PARENT = Path(__file__).resolve().parents[3]


class Table(Generic[Key, Item]):
    """Different keys in the order of their first use, each with its item."""

    def __init__(self, make_item: Callable[[Key], Item]) -> None:
        """make_item: makes the item of a key; called once for each that is different."""
        self.items: list[Item] = []
        self._make_item = make_item
        self._index_of_key: dict[Key, int] = {}
        self._index_of_id: dict[int, int] = {}  # to recognise the same object is quicker than to find an equal one
        self._kept: list[Key] = []  # keeps the keys alive, so that no other object gets the id of one

    def index(self, key: Key) -> int:
        """Return the index of the key's item."""
        index = self._index_of_id.get(id(key))
        if index is None:
            index = self._index_of_key.get(key)
            if index is None:
                index = self._index_of_key[key] = len(self.items)
                self.items.append(self._make_item(key))
            self._index_of_id[id(key)] = index
            self._kept.append(key)
        return index


def player_payload(
    observation: Observation,
    *,
    phases: Sequence[str],
    narration: Sequence[str],
    texts_ahead: Mapping[int, str] | None = None,
    unentered_phases: Sequence[int] = (),
    river: RiverPayload | None = None,
) -> PlayerPayload:
    """Return everything that the player shows of one run, as JSON-able data.

    phases: the phases of `Module.__call__` in their order.
    narration: one text per step; "" where there is nothing to say.
    texts_ahead: for a step that makes a call, the text that is shown while that call is still ahead.
    unentered_phases: first steps of the phases that were not entered, as `phases_not_entered` finds them.
    river: the operations and module calls, as `river_payload` gives them; None leaves the picture of the model out.

    Raises ValueError where `narration` is not one text per step.
    """
    steps = observation.trace.steps
    if len(narration) != len(steps):
        raise ValueError(f"{len(narration)} narrations for {len(steps)} steps; give one for each step")
    values = Table[Summary, ValuePayload](_value)
    texts, names = Table[str, str](str), Table[str, str](str)
    frames, codes = _frames(observation.trace.frames)
    return {
        "title": observation.title,
        "expression": observation.expression,
        "training": observation.training,
        "grad_mode": observation.grad_mode,
        "phases": list(phases),
        "unentered_phases": list(unentered_phases),
        "lookup": _lookup(observation),
        "inputs": [(name, values.index(value)) for name, value in observation.inputs],
        "output": None if observation.output is None else values.index(observation.output),
        "error": _error(observation),
        "codes": codes,
        "frames": frames,
        "steps": _steps(steps, narration, texts),
        "changes": {
            str(step.index): [_change(change, names, values) for change in _shown_changes(step)]
            for step in steps
            if step.changes
        },
        "texts_ahead": {str(index): texts.index(text) for index, text in (texts_ahead or {}).items()},
        "returned": {str(step.index): values.index(step.value) for step in steps if step.value is not None},
        "names": names.items,
        "texts": texts.items,
        "values": values.items,
        "chapters": _chapters(observation),
        "river": river,
    }


def display_path(file: str) -> str:
    """Return a file as a reader knows it ("torch/nn/modules/module.py"), without the folders of this machine."""
    path = Path(file)
    parts = path.parts
    for root in ("site-packages", "dist-packages"):
        if root in parts:
            return "/".join(parts[parts.index(root) + 1 :])
    try:
        return path.resolve().relative_to(PACKAGE_PARENT).as_posix()
    except (ValueError, OSError):
        return path.name


def _steps(steps: Sequence[Step], narration: Sequence[str], texts: Table[str, str]) -> StepColumns:
    """Return the steps as columns."""
    return {
        "kind": [step.kind for step in steps],
        "frame": [-1 if step.frame is None else step.frame for step in steps],
        "line": [step.line for step in steps],
        "end_line": [step.end_line for step in steps],
        "phase": [step.phase for step in steps],
        "level": [step.level for step in steps],
        "text": [texts.index(text) for text in narration],
    }


def _frames(frames: Sequence[Frame]) -> tuple[FrameColumns, list[CodePayload]]:
    """Return the frames as columns, and the sources of their functions."""
    codes = Table[tuple[str, int, int], CodePayload](_code)
    columns: FrameColumns = {
        "code": [codes.index((frame.file, frame.first_line, frame.last_line)) for frame in frames],
        "function": [frame.function for frame in frames],
        "module": [frame.module for frame in frames],
        "module_class": [frame.module_class for frame in frames],
        "module_call": [frame.module_call for frame in frames],
        "caller": [-1 if frame.caller is None else frame.caller for frame in frames],
        "depth": [frame.depth for frame in frames],
        "role": [frame.role for frame in frames],
    }
    return columns, codes.items


def _code(key: tuple[str, int, int]) -> CodePayload:
    """Return a function's source, from its file, first line and last line."""
    file, first, last = key
    return {"file": display_path(file), "first": first, "lines": list(function_lines(file, first, last))}


def _shown_changes(step: Step) -> list[Change]:
    """Return what a step changed; for a call these are the frame's arguments, of which the grad mode is none."""
    return [change for change in step.changes if step.kind != "call" or change.kind != "grad mode"]


def _change(change: Change, names: Table[str, str], values: Table[Summary, ValuePayload]) -> ChangeRow:
    return (names.index(change.name), change.kind, values.index(change.value))


def _value(value: Summary) -> ValuePayload:
    row: ValuePayload = {"type": value.type, "text": value.text}
    if value.tensor is not None:
        row["tensor"] = _tensor(value.tensor)
    if value.items:
        row["items"] = [(name, _value(item)) for name, item in value.items]
    return row


def _tensor(facts: TensorFacts) -> TensorPayload:
    return {
        "shape": list(facts.shape),
        "dtype": facts.dtype,
        "requires_grad": facts.requires_grad,
        "grad_fn": facts.grad_fn,
        "parameter": facts.is_parameter,
        "version": facts.version,
        "statistics": None if facts.statistics is None else _statistics(facts.statistics),
        "preview": [_number(number) for number in facts.preview],
        "picture": None if facts.picture is None else _picture(facts.picture),
    }


def _picture(picture: Picture) -> PicturePayload:
    return {
        "images": picture.images,
        "rows": picture.rows,
        "columns": picture.columns,
        "min": picture.minimum,
        "max": picture.maximum,
        "cells": picture.cells,
    }


def _statistics(statistics: Statistics) -> StatisticsPayload:
    return {
        "min": None if statistics.minimum is None else _number(statistics.minimum),
        "mean": None if statistics.mean is None else _number(statistics.mean),
        "max": None if statistics.maximum is None else _number(statistics.maximum),
        "sampled": statistics.sampled,
        "histogram": list(statistics.histogram),
    }


def _number(number: float | str) -> str:
    """Return four significant digits as text: JSON has no infinity and no NaN, which come as text already."""
    return number if isinstance(number, str) else f"{number:.4g}"


def _lookup(observation: Observation) -> LookupPayload:
    lookup = observation.lookup
    return {
        "type": lookup.type,
        "searched": list(lookup.searched),
        "provider": lookup.provider,
        "attribute": lookup.attribute,
        "instance_attribute": lookup.instance_attribute,
    }


def _error(observation: Observation) -> ErrorPayload | None:
    error = observation.error
    if error is None:
        return None
    file = None if error.file is None else display_path(error.file)
    return {"type": error.type, "message": error.message, "file": file, "line": error.line, "step": error.step}


def _chapters(observation: Observation) -> list[Chapter]:
    """Return the calls that the outermost module makes: the timeline's chapters."""
    calls = observation.graph.calls
    outermost = {call.index for call in calls if call.parent is None}
    return [(call.module, call.module_class, *call.steps) for call in calls if call.parent in outermost and call.module]
