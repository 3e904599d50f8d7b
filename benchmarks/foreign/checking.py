"""Check one network in one mode: lines, bits, state, edges, JSON, sentences and cost."""

from __future__ import annotations

import gc
import json
import traceback
import warnings
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any

import torch

from benchmarks.foreign.bare_run import Lines, files_of, outcome, run, traced
from benchmarks.foreign.network import Network, fresh_call
from explorer import Observation, observe_call
from explorer.reading.narration.narrator import narrate
from explorer.torch_source.files import FUNCTIONAL_FILE, MODULES_FOLDER

VARIANTS = tuple((training, grad) for training in (True, False) for grad in ("enabled", "no_grad", "inference_mode"))
LONGEST = 3.0  # seconds: a network whose bare call takes longer is left out


@dataclass
class Checked:
    """What came of one network in one mode."""

    network: str
    variant: str  # "train, enabled"
    failures: list[str] = field(default_factory=list)
    not_repeatable: list[str] = field(default_factory=list)  # where two bare calls differ as well
    raised: str | None = None  # the class of what the bare call raises
    lines: int = 0  # that a bare call runs in the files compared
    operations: int = 0
    json_bytes: int = 0
    bare_seconds: float = 0.0
    observe_seconds: float = 0.0


def check(network: Network) -> Iterator[Checked]:
    """Give a result for each variant; none where no input was found that a bare call takes."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        choice = _choose(network)
        if choice is None:
            return
        for training, grad in VARIANTS:
            checked = Checked(network.name, f"{'train' if training else 'eval'}, {grad}")
            try:
                _check(network, choice, training, grad, checked)
            except Exception as raised:
                where = traceback.extract_tb(raised.__traceback__)[-1]
                checked.failures.append(f"raised {type(raised).__name__}: {raised} ({where.name}:{where.lineno})")
            yield checked


def _choose(network: Network) -> int | None:
    """Return the index of the first input that the model takes in eval mode; None where it takes none in time."""
    try:
        count = len(network.inputs(network.build()))
    except Exception:
        return None
    for choice in range(count):
        with torch.no_grad():
            try:
                call = fresh_call(network, choice, training=False)
            except Exception:
                return None
            begun = perf_counter()
            _, raised = run(call)
            if raised is None:
                return choice if perf_counter() - begun < LONGEST else None
    return None


def _check(network: Network, choice: int, training: bool, grad: str, checked: Checked) -> None:
    with _grad(grad):
        for _ in range(2):  # the first fills caches, which changes what runs
            call = fresh_call(network, choice, training=training)
            begun = perf_counter()
            value, raised = run(call)
            checked.bare_seconds = perf_counter() - begun
            bare = outcome(value, raised, call.model)
        checked.raised = type(raised).__name__ if raised is not None else None
        call = fresh_call(network, choice, training=training)
        (value, raised), lines = traced(call)
        checked.not_repeatable = bare.differences(outcome(value, raised, call.model))
        covered = files_of(call.model)
        call = fresh_call(network, choice, training=training)
        gc.collect()
        begun = perf_counter()
        seen = observe_call(call.model, *call.inputs.args, **call.inputs.kwargs)
        checked.observe_seconds = perf_counter() - begun
        error = None if seen.error is None else (seen.error.type, seen.error.message)
        observed = outcome(seen.value, None, call.model)
    observed = type(observed)(observed.output, error, observed.random_state, observed.tensors, observed.flags)
    different = bare.differences(observed)
    checked.failures += [each for each in different if each not in checked.not_repeatable]
    checked.failures += _lines(seen, lines, covered, checked)
    checked.failures += _edges(seen)
    checked.operations = len(seen.graph.nodes)
    text = seen.to_json()
    checked.json_bytes = len(text)
    json.loads(text, parse_constant=_no_constant)
    if len(narrate(seen)) != len(seen.trace.steps):
        checked.failures.append("not a sentence for each step")


def _lines(seen: Observation, lines: Lines, covered: set[str], checked: Checked) -> list[str]:
    """Compare the lines of torch's modules, of functional, of the model's files and of whatever else was recorded."""
    found = []
    recorded = seen.trace.executed_lines
    for file, expected in lines.items():
        wanted = file in covered or file in recorded or file.startswith(MODULES_FOLDER) or file == FUNCTIONAL_FILE
        if wanted:
            checked.lines += len(expected)
            got = recorded.get(file, frozenset())
            if got != expected and not checked.not_repeatable:
                short = file.rsplit("/", 1)[-1]
                found.append(
                    f"lines of {short}: {sorted(expected - got)[:4]} lack, {sorted(got - expected)[:4]} are more"
                )
    found += [f"lines of {file.rsplit('/', 1)[-1]}, which did not run" for file in recorded if file not in lines]
    return found


def _edges(seen: Observation) -> list[str]:
    """Each edge runs forwards, between nodes that there are."""
    order = {node.id: index for index, node in enumerate(seen.graph.nodes)}
    backwards = [edge for edge in seen.graph.edges if order[edge.source] >= order[edge.target]]
    return [f"{len(backwards)} edges run backwards"] if backwards else []


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


def _grad(mode: str) -> AbstractContextManager[Any]:
    modes: dict[str, type[AbstractContextManager[Any]]] = {
        "enabled": torch.enable_grad,
        "no_grad": torch.no_grad,
        "inference_mode": torch.inference_mode,
    }
    return modes[mode]()
