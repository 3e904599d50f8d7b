"""Links from one page to another, with the experiments that they open.

They are relative, so that they hold wherever the app is mounted; every page but the first stands beside the first.
"""

from __future__ import annotations

from typing import Literal
from urllib.parse import urlencode

from explorer.experiment import Experiment

HERE = "./"
WITH = "with"  # of the compare page: what its second run has instead, as a query string of its own

Page = Literal["", "compare", "dropout"]


def link(experiment: Experiment, page: Page = "", **more: str) -> str:
    """A page with this run; "" is the call path.

    more: parameters of that page's own.
    """
    query = urlencode({**experiment.to_params(), **more})
    return f"{HERE}{page}?{query}" if query else f"{HERE}{page}"


def link_to_pair(one: Experiment, other: Experiment) -> str:
    """The compare page with both runs.

    What the second leaves out it takes from the first, so each difference is named.
    """
    here, there = _in_full(one), _in_full(other)
    differing = {name: value for name, value in there.items() if one.model != other.model or here.get(name) != value}
    named = differing or {"call": other.call}
    if "hook" in named or "at" in other.to_params():
        named |= {name: there[name] for name in ("hook", "at") if name in there}
    return link(one, "compare", **{WITH: urlencode(named)})


def _in_full(experiment: Experiment) -> dict[str, str]:
    """Every setting that the run has, the usual ones named as well; without hooks there is no place for one."""
    numbers = {"seed": experiment.seed, "batch": experiment.batch, "size": experiment.size, "p": experiment.p}
    return {
        "model": experiment.model,
        "call": experiment.call,
        "mode": "train" if experiment.training else "eval",
        "grad": experiment.grad,
        "hook": "none",
        **{name: f"{number:g}" for name, number in numbers.items() if number is not None},
        "keyword": "false",
        "via": experiment.via,
        "backward": "false",
        **experiment.to_params(),
    }
