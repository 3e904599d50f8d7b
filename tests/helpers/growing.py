"""How much work it is to record a call and to show it, counted."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any, NamedTuple

import torch

import explorer
from explorer import observe_call
from explorer.ui.player.contents import run_payload

OURS = str(Path(explorer.__file__).parent)


class Work(NamedTuple):
    """What it took to record a call, to read the record and to show it."""

    calls: int  # of functions: ours, and those that they call
    record: int  # characters of the record as JSON
    payload: int  # characters of what the browser is sent


def work(call: Callable[..., Any]) -> Work:
    """Record a call, read all of the record, and count."""
    x = torch.ones(3, 4)
    torch.manual_seed(0)
    count = 0

    def profile(frame: FrameType, event: str, argument: Any) -> None:
        nonlocal count
        if event in ("call", "c_call") and frame.f_code.co_filename.startswith(OURS):
            count += 1

    sys.setprofile(profile)
    try:
        seen = observe_call(call, x)
        notes = len(seen.notes)
        record = seen.to_json()
        payload = json.dumps(run_payload(seen))
    finally:
        sys.setprofile(None)
    assert seen.error is None
    assert notes < 20, "notes are few however long the run is"
    return Work(count, len(record), len(payload))
