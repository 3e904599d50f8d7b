"""Links from one page to another, with the runs that they open.

They are relative, so that they hold wherever the app is mounted; every page but the first stands beside the first.
"""

from __future__ import annotations

from urllib.parse import urlencode

from explorer.experiment import Experiment
from explorer.ui.shell.pages import CALL_PATH, COMPARE, PAGES, Page
from explorer.ui.shell.right_side import RIGHT_SIDE, right_side_text

HERE = "./"


def link(experiment: Experiment, page: Page = CALL_PATH, **more: str) -> str:
    """Return the address of a page with this run. more: parameters of that page's own."""
    query = urlencode({**experiment.to_params(), **more})
    path = f"{HERE}{'' if page is PAGES[0] else page.url_path}"
    return f"{path}?{query}" if query else path


def link_to_pair(left: Experiment, right: Experiment) -> str:
    """Return the address of the compare page with both runs."""
    return link(left, COMPARE, **{RIGHT_SIDE: right_side_text(left, right)})
