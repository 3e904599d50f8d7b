"""Links from one page to another, with the experiments that they open.

They are relative, so that they hold wherever the app is mounted; every page but the first stands beside the first.
"""

from __future__ import annotations

from typing import Literal
from urllib.parse import urlencode

from explorer.experiment import Experiment
from explorer.ui.links import STEP

HERE = "./"
WITH = "with"  # the compare page's parameter for its second run: a query string inside the query string

Page = Literal["", "compare", "dropout"]


def link(experiment: Experiment, *, page: Page = "", other: Experiment | None = None, step: int | None = None) -> str:
    """A page with this run, and where it is the compare page with the other one beside it.

    page: "" is the call path. step: the player opens there.
    """
    params = dict(experiment.to_params())
    if other is not None:
        params[WITH] = urlencode(other.to_params())
    if step is not None:
        params[STEP] = str(step)
    query = urlencode(params)
    return f"{HERE}{page}?{query}" if query else f"{HERE}{page}"
