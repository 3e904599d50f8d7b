"""What assistive programs need of a page: headings in order, rows in a grid, and nothing that scrolls out of reach."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.browser.actions import PLAYER

OpenPage = Callable[..., Page]

FOUND = Path(__file__).with_name("structure.js").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("path", "asked", "there"),
    [
        ("/", {"model": "feedforward", "step": "18"}, PLAYER),
        ("/compare", {"model": "feedforward", "row": "18"}, PLAYER),
        ("/graph", {"model": "feedforward"}, ".stage svg"),
        ("/map", {}, ".map .statement"),
        ("/questions", {}, ".question"),
    ],
)
def test_headings_grids_and_scrolling(open_page: OpenPage, path: str, asked: dict[str, str], there: str):
    page = open_page(path, **asked)
    page.locator(there).first.wait_for()
    found = page.evaluate(FOUND)
    headings = found["headings"]
    assert headings[0] == 1
    assert all(after <= before + 1 for before, after in pairwise(headings)), headings
    assert not found["unreachable"]
    assert not found["misplaced"]
