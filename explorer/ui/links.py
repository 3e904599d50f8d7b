"""The URL and the run that it stands for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from urllib.parse import urlencode

from explorer.experiment import Experiment

# As `Experiment.to_params` has them.
PARAMS = ("model", "call", "mode", "grad", "hook", "at", "seed", "batch", "size", "p", "keyword", "via", "backward")
STEP = "step"  # of the call path page: where the player stands

LONGEST = 200  # characters of a parameter that are looked at


def asked_for(query: Mapping[str, str]) -> tuple[Experiment, tuple[str, ...]]:
    """The experiment of a URL's parameters, and a sentence for each part that was not understood."""
    experiment, doubts = Experiment.from_params({name: query[name][:LONGEST] for name in PARAMS if name in query})
    return _with_one_hook(experiment, doubts)


def on_another_model(experiment: Experiment, model: str) -> tuple[Experiment, tuple[str, ...]]:
    """The same run on another model, and a sentence for each setting that had to be given up."""
    moved, doubts = Experiment.from_params({**experiment.to_params(), "model": model})
    return _with_one_hook(moved, doubts)


def query_string(experiment: Experiment, **more: str) -> str:
    """What follows the page's address, "" for the default run: "?model=resnet18&mode=eval"."""
    params = {**experiment.to_params(), **more}
    return f"?{urlencode(params)}" if params else ""


def whole(text: str) -> int | None:
    """The whole number, not negative, that the text of a URL spells; None where it spells none."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def _with_one_hook(experiment: Experiment, doubts: tuple[str, ...]) -> tuple[Experiment, tuple[str, ...]]:
    """The controls hold one forward hook; an experiment may have more."""
    if len(experiment.hooks) < 2:
        return experiment, doubts
    said = f"The page has room for one forward hook; the link asks for {len(experiment.hooks)}. Used: the first."
    return replace(experiment, hooks=experiment.hooks[:1]), (*doubts, said)
