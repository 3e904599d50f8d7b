"""The list of the pages: title, address, URL parameters, and the settings that change nothing on it.

A page is a row here and its folder in `explorer/ui/pages`, whose `page.py` has `draw_page(experiment)`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from explorer.experiment import Experiment
from explorer.experiment.settings import BACKWARD, ENTRY_MODE, SETTINGS, TRAINING

DETAIL = "detail"  # the URL's parameter for the level of detail of a page's player
PROJECT = "project"  # the URL's parameter for a page in large letters, for a room


@dataclass(frozen=True, slots=True)
class UnusedSettings:
    """The settings, by name, that change nothing on a page, and the sentence that says why.

    Their controls are grey there, and keep what they say for the other pages.
    """

    names: frozenset[str] = frozenset()
    why: str = ""

    def __contains__(self, name: str) -> bool:
        return name in self.names


@dataclass(frozen=True, slots=True)
class Page:
    """One page.

    url_path: its address; the first page of the list stands at "" too. folder: in `explorer/ui/pages`.
    position: the URL's parameter for where its player stands, "" where it has none. It means a step of one run, and
        nothing in another run.
    parameters: the URL's other parameters that the page itself reads.
    can_be_projected: whether the shell offers to enlarge it for a room.
    """

    title: str
    url_path: str
    folder: str
    position: str = ""
    parameters: tuple[str, ...] = ()
    can_be_projected: bool = False
    unused: UnusedSettings = UnusedSettings()

    def draw(self, experiment: Experiment) -> None:
        """Draw the page. Its module is imported the first time, so that a page loads no other page's packages."""
        draw_page: Callable[[Experiment], Any] = import_module(f"explorer.ui.pages.{self.folder}.page").draw_page
        draw_page(experiment)


CALL_PATH = Page("Call path", "call-path", "call_path", position="step")
GRAPH = Page("Graph", "graph", "graph", parameters=("depth", "direction"), can_be_projected=True)
COMPARE = Page("Compare", "compare", "compare", position="row", parameters=("with",))
DROPOUT = Page(
    "Dropout",
    "dropout",
    "dropout",
    parameters=("calls", "figure", "unit", "layer"),
    can_be_projected=True,
    unused=UnusedSettings(
        frozenset({ENTRY_MODE.name, TRAINING.name, BACKWARD.name}),
        "Here plain calls are made in both modes, with and without gradients. "
        "`inference_mode` takes the place of `no_grad`.",
    ),
)
CALL_MAP = Page("Map", "map", "call_map")
QUESTIONS = Page(
    "Questions",
    "questions",
    "questions",
    can_be_projected=True,
    unused=UnusedSettings(
        frozenset(setting.name for setting in SETTINGS),
        "Each question has a run of its own: these settings are for the other pages.",
    ),
)

PAGES = (CALL_PATH, GRAPH, COMPARE, DROPOUT, CALL_MAP, QUESTIONS)

# What says where a player stands. Another run has other positions.
POSITIONS = (*(page.position for page in PAGES if page.position), DETAIL)
PAGE_PARAMETERS = (*POSITIONS, *(name for page in PAGES for name in page.parameters), PROJECT)


def page_at(url_path: str) -> Page:
    """Return the page with this address; the first for any other, as Streamlit calls that one ""."""
    return next((page for page in PAGES if page.url_path == url_path), PAGES[0])
