"""Run as a process of its own: prints how many bytes each of the page's largest runs takes above what was there."""

import json
import re
from dataclasses import replace
from pathlib import Path

from explorer import Experiment, observe, study_dropout
from explorer.catalog import ENTRIES
from explorer.ui.shell.process import configure_process

STATUS, CLEAR = Path("/proc/self/status"), Path("/proc/self/clear_refs")


def kilobytes(name):
    return int(re.search(rf"{name}:\s+(\d+) kB", STATUS.read_text())[1])


def peak(call):
    """Bytes between what the process holds now and the most that it held during the call."""
    CLEAR.write_text("5")  # forget the former peak (proc(5))
    before = kilobytes("VmRSS")
    call()
    return 1024 * (kilobytes("VmHWM") - before)


def largest(key):
    entry = ENTRIES[key]
    return Experiment(model=key, batch=entry.batch and entry.batch.high, size=entry.size and entry.size.high)


def main():
    configure_process()
    found = {}
    for key in ("recurrent", "transformer", "resnet18"):
        for change in (
            {},
            {"backward": True},
            {"entry_mode": "jit.trace"},
            {"entry_mode": "compile", "backward": True},
        ):
            experiment = replace(largest(key), **change)
            found[f"{key} {change}"] = peak(lambda experiment=experiment: observe(experiment).to_json())
        found[f"{key} repeated"] = peak(lambda key=key: study_dropout(largest(key), 20))
    found["dropout, 100,000 calls"] = peak(lambda: study_dropout(Experiment(model="dropout"), 100_000))
    print(json.dumps(found))


if __name__ == "__main__":
    main()
