"""An observation as the player reads it: plain JSON values, each written once.

Steps and frames are columns, and values, texts and sources are tables that the columns point into: a ResNet-18 has
thousands of steps but few different ones.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Generic, TypeVar

from explorer.record import Change, Frame, Observation, Statistics, Step, Summary, TensorFacts
from explorer.ui.player.highlight import function_lines

Key = TypeVar("Key")

PACKAGE_PARENT = Path(__file__).resolve().parents[3]


class Table(Generic[Key]):
    """Different values in order of first use; `index` gives a value its place."""

    def __init__(self, row: Callable[[Key], Any] = lambda key: key) -> None:
        """row: what stands for a value; asked once for each that is different."""
        self.rows: list[Any] = []
        self._row = row
        self._places: dict[Key, int] = {}
        self._objects: dict[int, int] = {}  # id → place: to tell an object again is quicker than to tell an equal one
        self._kept: list[Key] = []  # so that an id stays its own

    def index(self, key: Key) -> int:
        """The place of `key`."""
        place = self._objects.get(id(key))
        if place is None:
            place = self._places.get(key)
            if place is None:
                place = self._places[key] = len(self.rows)
                self.rows.append(self._row(key))
            self._objects[id(key)] = place
            self._kept.append(key)
        return place


def player_payload(
    observation: Observation,
    *,
    phases: Sequence[str],
    narration: Sequence[str],
    calling: Mapping[int, str] | None = None,
    asked: Sequence[int] = (),
    svg: str = "",
    spans: Mapping[str, Sequence[tuple[int, int]]] | None = None,
) -> dict[str, Any]:
    """Everything the player shows of one run, as JSON-able data.

    phases: the phases of `Module.__call__` in their order.
    narration: one text per step; "" where there is nothing to say.
    calling: for a step the text that takes its place while a call that the step makes is shown after it.
    asked: first steps of the phases that were only asked for, as `callpath.asked` finds them.
    svg, spans: the forward graph, and the steps during which each of its elements runs.

    Raises ValueError where `narration` is not one text per step.
    """
    steps = observation.trace.steps
    if len(narration) != len(steps):
        raise ValueError(f"{len(narration)} narrations for {len(steps)} steps; give one for each step")
    values, texts, names = Table(_summary), Table[str](), Table[str]()
    return {
        "title": observation.title,
        "expression": observation.expression,
        "training": observation.training,
        "grad": observation.grad_mode,
        "phases": list(phases),
        "asked": list(asked),
        "lookup": _lookup(observation),
        "inputs": [[name, values.index(value)] for name, value in observation.inputs],
        "output": _place(observation.output, values),
        "error": _error(observation),
        **_frames(observation.trace.frames),
        "steps": {
            "kind": [step.kind for step in steps],
            "frame": [-1 if step.frame is None else step.frame for step in steps],
            "line": [step.line for step in steps],
            "end": [step.end_line for step in steps],
            "phase": [step.phase for step in steps],
            "level": [step.level for step in steps],
            "text": [texts.index(text) for text in narration],
        },
        "changes": {
            str(step.index): [_change(change, names, values) for change in _shown(step)]
            for step in steps
            if step.changes
        },
        "calling": {str(index): texts.index(text) for index, text in (calling or {}).items()},
        "returned": {str(step.index): _place(step.value, values) for step in steps if step.value is not None},
        "names": names.rows,
        "texts": texts.rows,
        "values": values.rows,
        "bands": _bands(observation),
        "calls": [list(call.steps) for call in observation.graph.calls if call.parent is not None],
        "graph": {"svg": svg, "spans": {key: [list(span) for span in found] for key, found in (spans or {}).items()}},
    }


def display_path(file: str) -> str:
    """A file as a reader knows it ("torch/nn/modules/module.py"), without the machine's own folders."""
    path = Path(file)
    parts = path.parts
    for root in ("site-packages", "dist-packages"):
        if root in parts:
            return "/".join(parts[parts.index(root) + 1 :])
    try:
        return path.resolve().relative_to(PACKAGE_PARENT).as_posix()
    except (ValueError, OSError):
        return path.name


def _frames(frames: Sequence[Frame]) -> dict[str, Any]:
    codes = Table[tuple[str, int, int]]()
    places = [codes.index((frame.file, frame.first_line, frame.last_line)) for frame in frames]
    return {
        "codes": [_code(*key) for key in codes.rows],
        "frames": {
            "code": places,
            "function": [frame.function for frame in frames],
            "module": [frame.module for frame in frames],
            "class": [frame.module_class for frame in frames],
            "call": [frame.module_call for frame in frames],
            "caller": [-1 if frame.caller is None else frame.caller for frame in frames],
            "depth": [frame.depth for frame in frames],
            "role": [frame.role for frame in frames],
        },
    }


def _code(file: str, first: int, last: int) -> dict[str, Any]:
    return {
        "file": display_path(file),
        "first": first,
        "lines": function_lines(file, first, last),
    }


def _place(value: Summary | None, values: Table[Summary]) -> int | None:
    return None if value is None else values.index(value)


def _shown(step: Step) -> list[Change]:
    """What a call step changes is shown as the frame's arguments, and the grad mode is none of them."""
    return [change for change in step.changes if step.kind != "call" or change.kind != "grad mode"]


def _change(change: Change, names: Table[str], values: Table[Summary]) -> list[Any]:
    return [names.index(change.name), change.kind, values.index(change.value)]


def _summary(value: Summary) -> dict[str, Any]:
    row: dict[str, Any] = {"type": value.type, "text": value.text}
    if value.tensor is not None:
        row["tensor"] = _tensor(value.tensor)
    if value.items:
        row["items"] = [[name, _summary(item)] for name, item in value.items]
    return row


def _tensor(facts: TensorFacts) -> dict[str, Any]:
    return {
        "shape": list(facts.shape),
        "dtype": facts.dtype,
        "grad": facts.requires_grad,
        "grad_fn": facts.grad_fn,
        "parameter": facts.is_parameter,
        "version": facts.version,
        "statistics": None if facts.statistics is None else _statistics(facts.statistics),
        "preview": [_number(number) for number in facts.preview],
    }


def _statistics(statistics: Statistics) -> dict[str, Any]:
    return {
        "min": _number(statistics.minimum),
        "mean": _number(statistics.mean),
        "max": _number(statistics.maximum),
        "sampled": statistics.sampled,
        "histogram": list(statistics.histogram),
    }


def _number(number: float | str | None) -> str | None:
    """Four significant digits as text: JSON has no infinity and no NaN, which come as text already."""
    return f"{number:.4g}" if isinstance(number, float | int) else number


def _lookup(observation: Observation) -> dict[str, Any]:
    lookup = observation.lookup
    return {
        "type": lookup.type,
        "searched": list(lookup.searched),
        "provider": lookup.provider,
        "attribute": lookup.attribute,
        "instance": lookup.instance_attribute,
    }


def _error(observation: Observation) -> dict[str, Any] | None:
    error = observation.error
    if error is None:
        return None
    file = None if error.file is None else display_path(error.file)
    return {"type": error.type, "message": error.message, "file": file, "line": error.line, "step": error.step}


def _bands(observation: Observation) -> list[list[Any]]:
    """The calls that the outermost module makes, as [name, class, first step, last step]: the timeline's chapters."""
    calls = observation.graph.calls
    outermost = {call.index for call in calls if call.parent is None}
    return [[call.module, call.module_class, *call.steps] for call in calls if call.parent in outermost and call.module]
