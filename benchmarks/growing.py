"""How the cost of a run grows: calls of some length, of twice that and of four times that."""

from __future__ import annotations

import gc
import json
import tempfile
from collections.abc import Callable
from pathlib import Path
from statistics import median
from time import process_time
from typing import Any, NamedTuple

import torch

from benchmarks.growing_models import MODELS, TEXTS, from_text
from benchmarks.row import Row, Table, milliseconds
from explorer import observe_call
from explorer.ui.player.contents import run_payload

SIZES = (500, 1000, 2000)
SECONDS = 3.0  # for a recurrent cell that is called a thousand times, until the browser has what it needs
LIMITED = ("recurrent", 1000)
RATIO = 2.3  # of twice the length


class Cost(NamedTuple):
    """What one call cost: seconds of this process, and bytes of what the browser is sent."""

    observing: float
    showing: float  # the record read, its sentences, the drawing, JSON
    payload: int

    @property
    def seconds(self) -> float:
        return self.observing + self.showing


def growth(*, sizes: tuple[int, ...] = SIZES, turns: int = 3) -> Table:
    """Each kind of call at each size; the goal is on what twice the largest but one takes."""
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        makers: dict[str, Callable[[int], Any]] = dict(MODELS)
        del makers["nested"]  # Python allows no such depth
        makers |= {name: from_text(lines, Path(folder)) for name, lines in TEXTS.items()}
        for name, make in makers.items():
            _cost(make(4))
            costs = [_median([_cost(make(size)) for _ in range(turns)]) for size in sizes]
            ratio = costs[-1].seconds / costs[-2].seconds
            cells = [name, *(f"{milliseconds(cost.observing)} + {milliseconds(cost.showing)}" for cost in costs)]
            cells += [f"{ratio:.2f}", f"{costs[-1].payload / costs[-2].payload:.2f}"]
            rows.append(Row(tuple(cells), f"\u2264 {RATIO}", f"{ratio:.2f} times", ratio / RATIO))
            if name == LIMITED[0] and LIMITED[1] in sizes:
                cost = costs[sizes.index(LIMITED[1])]
                cells = [f"{name}, {LIMITED[1]:,} turns", *([""] * len(sizes)), f"{cost.seconds:.2f} s", ""]
                rows.append(Row(tuple(cells), f"< {SECONDS:.0f} s", f"{cost.seconds:.2f} s", cost.seconds / SECONDS))
    columns = (
        "kind of call",
        *(f"{size:,}: observing + showing, ms" for size in sizes),
        "time, doubled",
        "bytes, doubled",
    )
    return Table("Twice the length", columns, tuple(rows))


def _cost(call: Callable[..., Any]) -> Cost:
    x = torch.ones(3, 4)
    gc.collect()
    begun = process_time()
    observation = observe_call(call, x)
    observed = process_time()
    payload = json.dumps(run_payload(observation), separators=(",", ":"))
    return Cost(observed - begun, process_time() - observed, len(payload))


def _median(costs: list[Cost]) -> Cost:
    return Cost(median(cost.observing for cost in costs), median(cost.showing for cost in costs), costs[0].payload)
