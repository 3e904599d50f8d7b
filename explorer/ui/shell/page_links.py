"""Links from one page to another, with the experiments that they open.

They are relative, so that they hold wherever the app is mounted; every page but the first stands beside the first.
"""

from __future__ import annotations

from typing import Literal
from urllib.parse import urlencode

from explorer.experiment import Experiment
from explorer.ui.pages.compare.other_side import PARAM, spelled

HERE = "./"

Page = Literal["", "compare", "dropout"]


def link(experiment: Experiment, page: Page = "", **more: str) -> str:
    """A page with this run; "" is the call path.

    more: parameters of that page's own.
    """
    query = urlencode({**experiment.to_params(), **more})
    return f"{HERE}{page}?{query}" if query else f"{HERE}{page}"


def link_to_pair(one: Experiment, other: Experiment) -> str:
    """The compare page with both runs."""
    return link(one, "compare", **{PARAM: spelled(one, other)})
