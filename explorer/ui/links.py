"""The URL and the run that it stands for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from urllib.parse import urlencode

from explorer.catalog import submodule_paths
from explorer.catalog.hooks import kind_of
from explorer.experiment import Experiment, Hook

# As `Experiment.to_params` has them.
PARAMS = ("model", "call", "mode", "grad", "hook", "at", "seed", "batch", "size", "p", "keyword", "via", "backward")
STEP = "step"  # of the call path page: where the player stands
ROW = "row"  # of the compare page: where the two players stand
PLACES = (STEP, ROW)  # each means a place in one run, and nothing in another

LONGEST = 600  # characters of a parameter that are looked at; eight hooks may need 400


def asked_for(query: Mapping[str, str]) -> tuple[Experiment, tuple[str, ...]]:
    """The experiment of a URL's parameters, and a sentence for each part that was not understood."""
    return Experiment.from_params({name: query[name][:LONGEST] for name in PARAMS if name in query})


def on_another_model(experiment: Experiment, model: str) -> tuple[Experiment, tuple[str, ...]]:
    """The same run on another model, and a sentence for each setting that had to be given up."""
    hooks, dropped = _fitting(experiment.hooks, model)
    bare = replace(experiment, hooks=()).to_params()
    moved, doubts = Experiment.from_params({**bare, "model": model})
    return replace(moved, hooks=hooks), (*doubts, *dropped)


def query_string(experiment: Experiment, **more: str) -> str:
    """What follows the page's address, "" for the default run: "?model=resnet18&mode=eval"."""
    params = {**experiment.to_params(), **more}
    return f"?{urlencode(params)}" if params else ""


def whole(text: str) -> int | None:
    """The whole number, not negative, that the text of a URL spells; None where it spells none."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def _fitting(hooks: Sequence[Hook], model: str) -> tuple[tuple[Hook, ...], list[str]]:
    """The hooks that the model has a place for, and a sentence for each other one."""
    paths = submodule_paths(model)
    if not paths and hooks:
        return (), [f"{model} is not a module and takes no hooks: {len(hooks)} given up."]
    dropped = [
        f"{model} has no module {hook.at}: hook {number}, the {kind_of(hook)} on it, was given up."
        for number, hook in enumerate(hooks, 1)
        if hook.at not in paths
    ]
    return tuple(hook for hook in hooks if hook.at in paths), dropped
