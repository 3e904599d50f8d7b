"""What the scripts that a call entered say of themselves, read when the call is over."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from explorer.capture.operations.pending_node import PendingNode
from explorer.capture.values.scripts import training_in_script
from explorer.record import ScriptTraining
from explorer.runtime.torch_private.scripts import key_of_script, number_of_script_results


class _Script(NamedTuple):
    training: ScriptTraining
    results: int | None


def read_scripts(nodes: Iterable[PendingNode]) -> None:
    """Note at the nodes of scripts what these say, and keep none of the scripts."""
    known: dict[str, _Script] = {}  # each is read once, however often it was called
    for node in nodes:
        script = node.site.script
        if script is not None:
            key = key_of_script(script)
            if key not in known:
                known[key] = _Script(training_in_script(script), number_of_script_results(script))
            node.script, node.number_of_results = (known[key].training, node.site.training), known[key].results
            node.site = node.site._replace(script=None)
