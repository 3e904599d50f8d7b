"""Write the payloads that the browser modules' own tests read: `python -m tests.helpers.web_fixture`.

Each is what the player gets, but with the lines of a function counted from 1, so that an edit
elsewhere in its file changes nothing.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from explorer import Experiment, Hook, observe
from explorer.ui.player.contents import run_payload
from explorer.ui.player.payload import player_payload
from explorer.ui.player.payload_types import PlayerPayload
from explorer.ui.player.river import river_payload
from tests.helpers.toy import NARRATION, PHASES, toy_observation

FILE = Path(__file__).resolve().parents[1] / "web" / "payload.json"


def payloads() -> dict[str, Any]:
    """Return the payloads by name, as JSON gives them back."""
    runs: dict[str, PlayerPayload] = {
        "toy": player_payload(
            toy_observation(), phases=PHASES, narration=NARRATION, river=river_payload(toy_observation().graph)
        ),
        "feedforward": run_payload(observe(Experiment(model="feedforward"))),
        "hook": run_payload(observe(Experiment(model="feedforward", hooks=(Hook(at="relu", action="double"),)))),
    }
    found: dict[str, Any] = json.loads(json.dumps(runs))
    for payload in found.values():
        count_lines_from_one(payload)
    return found


def count_lines_from_one(payload: dict[str, Any]) -> None:
    """Replace the numbers of lines by numbers within their function."""
    steps, codes = payload["steps"], payload["codes"]
    for index, frame in enumerate(steps["frame"]):
        if frame >= 0:
            before = codes[payload["frames"]["code"][frame]]["first"] - 1
            steps["line"][index] -= before
            steps["end_line"][index] -= before
    for code in codes:
        code["first"] = 1


def comparable(payloads: dict[str, Any]) -> dict[str, Any]:
    """Return the payloads without what another machine or an edit elsewhere changes.

    That is: figures, numbers of lines in texts, where the catalogue's own code is and how it is written, and which
    parts of a line are coloured: since Python 3.12 an f-string is several tokens.
    """
    for payload in payloads.values():
        for code in payload["codes"]:
            if code["file"].startswith("explorer/"):
                code.update(file="", lines=len(code["lines"]))
            else:
                code["lines"] = [line[:2] for line in code["lines"]]  # indent and text
        payload["texts"] = [re.sub(r"\blines? \d+", "line", text) for text in payload["texts"]]
        for value in payload["values"]:
            value.get("tensor", {}).update(statistics=None, preview=[])
    return payloads


if __name__ == "__main__":
    FILE.write_text(json.dumps(payloads(), separators=(",", ":")) + "\n", encoding="utf-8")
