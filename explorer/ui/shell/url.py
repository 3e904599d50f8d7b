"""The URL and the run that it stands for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from difflib import get_close_matches

from explorer.catalog import entry, submodule_paths
from explorer.catalog.hooks import kind_of
from explorer.experiment import Experiment, Hook
from explorer.experiment.checks import shown

# As `Experiment.to_params` has them.
PARAMS = ("model", "call", "mode", "grad", "hook", "at", "seed", "batch", "size", "p", "keyword", "via", "backward")
STEP = "step"  # of the call path page: where the player stands
ROW = "row"  # of the compare page: where the two players stand
PLACES = (STEP, ROW)  # each means a place in one run, and nothing in another
# Of the pages, each where it is read: call path; compare; graph; dropout; where a page is projected.
PAGES = (*PLACES, "with", "depth", "direction", "calls", "figure", "unit", "layer", "project")
SHUT = ("keyword", "backward")  # their controls are, where the entry is no module

LONGEST = 600  # characters of a parameter that are looked at; eight hooks may need 400
NAMED = 4  # unknown parameters that are named


def asked_for(query: Mapping[str, str]) -> tuple[Experiment, tuple[str, ...]]:
    """The experiment of a URL's parameters, and a sentence for each part that was not understood or cannot be."""
    found, doubts = Experiment.from_params({name: query[name][:LONGEST] for name in PARAMS if name in query})
    experiment, shut = _open(found)
    return experiment, (*doubts, *shut)


def unknown(names: Iterable[str]) -> list[str]:
    """A sentence for each name that is no parameter of any page."""
    found = [name for name in names if name not in (*PARAMS, *PAGES)]
    said = []
    for name in found[:NAMED]:
        meant = get_close_matches(name[:LONGEST].lower(), (*PARAMS, *PAGES), 1)
        said.append(f"No page knows {shown(name)}, so it is left out.{f' Is {meant[0]} meant?' if meant else ''}")
    return said + ([f"Nor {len(found) - NAMED} more."] if len(found) > NAMED else [])


def on_another_model(experiment: Experiment, model: str) -> tuple[Experiment, tuple[str, ...]]:
    """The same run on another model, and a sentence for each setting that had to be given up."""
    hooks, dropped = _fitting(experiment.hooks, model)
    bare = replace(experiment, hooks=()).to_params()
    moved, doubts = Experiment.from_params({**bare, "model": model})
    moved, shut = _open(moved)
    return replace(moved, hooks=hooks), (*doubts, *shut, *dropped)


def whole(text: str) -> int | None:
    """The whole number, not negative, that the text of a URL spells; None where it spells none."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def _open(experiment: Experiment) -> tuple[Experiment, list[str]]:
    """The experiment without what the page offers for modules only, and a sentence for each that was given up."""
    model = experiment.model
    if entry(model).kind == "module":
        return experiment, []
    given = [name for name in SHUT if getattr(experiment, name)]
    said = [f"{model} is not a module: leave {name} out. Used instead: false." for name in given]
    return replace(experiment, keyword=False, backward=False), said


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
