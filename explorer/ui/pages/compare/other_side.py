"""Which run stands on the right: the left's, with some settings changed.

The URL's parameter `with` is a query string of its own, `call=forward` or `model=simple&seed=3`. What it names is the
right's own and stays; what it leaves out follows the left. Naming everything holds a run.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from urllib.parse import parse_qsl, urlencode

from explorer.catalog import default_model, entry
from explorer.experiment import Experiment, Hook
from explorer.experiment.checks import ExperimentError, check_model, shown
from explorer.ui.shell import url

PARAM = "with"
LONGEST = 1000  # characters of the parameter that are looked at
NONE = "none"


def right_side(left: Experiment, text: str | None) -> tuple[Experiment, tuple[str, ...]]:
    """The run that `with` asks for, and a sentence for each part that was not understood. Never raises.

    Where nothing is asked for, or nothing of it is understood, it is the left called the other way.
    """
    if text is None:
        return default(left), ()
    given = named(text)
    if not given:
        example = "with must name settings, as in with=call%3Dforward"
        return default(left), (f"{example}; {shown(text)} names none. Used instead: the other way to call.",)
    unknown = tuple(
        f"with names {shown(name)}, which is no setting of a run." for name in given if name not in url.PARAMS
    )
    settings = {name: value[: url.LONGEST] for name, value in given.items() if name in url.PARAMS}
    if not settings:
        return default(left), unknown
    base = _followed(left, settings)
    right, doubts = url.asked_for({**base, **settings})
    return right, (*unknown, *doubts)


def default(left: Experiment) -> Experiment:
    """The same run, called the other way."""
    return replace(left, call="forward" if left.call == "call" else "call")


def named(text: str) -> dict[str, str]:
    """The settings in a query string; a whole link will do."""
    return dict(parse_qsl(text[:LONGEST].rpartition("?")[2], keep_blank_values=True))


def spelled(left: Experiment, right: Experiment, keep: Collection[str] = ()) -> str:
    """The shortest `with` that stands for this right side beside this left; `keep` names what it shall name anyway."""
    wanted = spelled_out(right)
    base = spelled_out(left if left.model == right.model else url.on_another_model(left, right.model)[0])
    names = {name for name in wanted if wanted[name] != base.get(name)} | (set(keep) & wanted.keys())
    if left.model != right.model:
        names.add("model")
    if left.hooks != right.hooks or {"hook", "at"} & names:
        names |= {"hook", "at"} & wanted.keys()
    return urlencode({name: wanted[name] for name in wanted if name in names or (not names and name == "call")})


def spelled_out(experiment: Experiment) -> dict[str, str]:
    """Every setting that the run has, those that equal the default too."""
    usual = Experiment(model=experiment.model)
    numbers = {name: getattr(usual, name) for name in ("seed", "batch", "size", "p")}
    return {
        "model": usual.model,
        "call": usual.call,
        "mode": "train",
        "grad": usual.grad,
        "hook": NONE,
        **{name: f"{value:g}" for name, value in numbers.items() if value is not None},
        "keyword": "false",
        "via": usual.entry_mode,
        "backward": "false",
        **experiment.to_params(),
    }


def usual_pairs(left: Experiment) -> Mapping[str, Experiment | None]:
    """The pairs that are one click away, and the right side of each; None where the left has nothing to change."""
    module = entry(left.model).kind == "module"
    hooks = () if left.hooks else (Hook(),)
    return {
        "call / forward": default(left),
        "train / eval": replace(left, training=not left.training) if module else None,
        "grad / no_grad": replace(left, grad="no_grad" if left.grad == "enabled" else "enabled"),
        "hook / none": replace(left, hooks=hooks) if module else None,
    }


def _followed(left: Experiment, settings: Mapping[str, str]) -> dict[str, str]:
    """What the right takes over from the left: all that fits its model, but no place for hooks of its own."""
    try:
        model = check_model(settings.get("model", left.model))
    except ExperimentError:
        model = default_model()  # which is what reading will take instead
    params = (left if model == left.model else url.on_another_model(left, model)[0]).to_params()
    if "hook" in settings:
        params.pop("at", None)
    return params
