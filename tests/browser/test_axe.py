"""Every page in its main states as axe sees it: all rules of WCAG 2 A and AA, and those of good practice.

axe-core comes with the checks of the browser part (`make web`). A machine without Node.js has it not, and skips this.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, TimeoutError

from tests.browser.actions import PLAYER, settle
from tools.serve import ROOT

OpenPage = Callable[..., Page]

AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
FOUND = Path(__file__).with_name("axe.js").read_text(encoding="utf-8")
FOUND = FOUND[FOUND.index("async (known)") :]
BETWEEN = 500  # milliseconds between two looks of axe, in which the page goes on
STILL = 8_000  # milliseconds for a page to come to rest; what axe finds then is there for good

pytestmark = pytest.mark.skipif(
    not AXE.exists(), reason="axe-core is not installed: `make web` installs it, where there is Node.js and npm."
)

# Streamlit's own elements, which no style sheet and no argument of ours reaches: the rule, which elements, and why.
STREAMLITS: tuple[tuple[str, str, str], ...] = (
    ("scrollable-region-focusable", "[data-testid=stCode] pre", "st.code scrolls long lines, and has no tab stop"),
    (
        "scrollable-region-focusable",
        "[data-testid=stSidebar] [role=radiogroup][aria-disabled=true]",
        "out of view in a folded sidebar it is narrower than its shut buttons, so that it seems to scroll",
    ),
)

Act = Callable[[Page], object]


def open_hook_form(page: Page) -> None:
    page.get_by_role("button", name="Add a hook").click()
    page.get_by_test_id("stPopoverBody").get_by_role("combobox", name="Kind").wait_for()


def open_statement(page: Page) -> None:
    page.locator(".map .statement").first.click()


def open_question(page: Page) -> None:
    page.locator(".question summary").first.click()


def project(page: Page) -> None:
    page.locator(f"{PLAYER} [data-do=project]").click()
    page.locator(".player.projecting").wait_for()


CHART = ".stPlotlyChart .main-svg"
# What is asked for, what is on the page when it is drawn, and what a reader does then.
STATES: dict[str, tuple[str, dict[str, str], str, Act | None]] = {
    "first": ("/", {}, PLAYER, None),
    "middle": ("/", {"model": "feedforward", "step": "18"}, PLAYER, None),
    "a step with a hook": ("/", {"hook": "double", "step": "30"}, PLAYER, None),
    "raised": ("/", {"size": "32", "step": "62"}, PLAYER, None),
    "backward": ("/", {"model": "feedforward", "backward": "true"}, PLAYER, None),
    "not callable": ("/", {"model": "not-a-model"}, PLAYER, None),
    "hook form": ("/", {"model": "feedforward"}, PLAYER, open_hook_form),
    "player projecting": ("/", {"model": "feedforward", "step": "18"}, PLAYER, project),
    "graph": ("/graph", {"model": "batchnorm"}, ".stage svg", None),
    "graph projecting": ("/graph", {"model": "batchnorm", "project": "true"}, ".stage svg", None),
    "empty autograd graph": ("/graph", {"grad": "no_grad"}, "[data-testid=stMain] h1", None),
    "two runs": ("/compare", {"model": "feedforward", "with": "hook%3Dobserve", "row": "18"}, PLAYER, None),
    "two runs that differ": ("/compare", {"model": "dropout", "with": "mode%3Deval", "row": "36"}, PLAYER, None),
    "outputs": ("/dropout", {"model": "dropout", "calls": "10"}, CHART, None),
    "mean and variance": ("/dropout", {"model": "dropout", "calls": "10", "figure": "Mean and variance"}, CHART, None),
    "against p": ("/dropout", {"model": "dropout", "calls": "10", "figure": "Variance against p"}, CHART, None),
    "batch norm": ("/dropout", {"model": "batchnorm", "calls": "10", "figure": "Batch norm"}, CHART, None),
    "figure projecting": ("/dropout", {"model": "dropout", "calls": "10", "project": "true"}, CHART, None),
    "map": ("/map", {}, ".map .statement", open_statement),
    "questions": ("/questions", {}, ".question", open_question),
}


def found(page: Page) -> list[str]:
    """What axe finds for good, once the page has come to rest."""
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(AXE.read_text(encoding="utf-8"))
    known = [[rule, selector] for rule, selector, _ in STREAMLITS]
    with contextlib.suppress(TimeoutError):  # while Streamlit fades in what it has just drawn, text is faint
        quiet = f"async (known) => !(await ({FOUND})(known)).length"
        page.wait_for_function(quiet, arg=known, timeout=STILL, polling=BETWEEN)
    return page.evaluate(FOUND, known)


@pytest.mark.parametrize("name", STATES)
def test_axe_finds_nothing(open_page: OpenPage, name: str):
    path, asked, there, act = STATES[name]
    page = open_page(path, dark=True, **asked)
    for look in ("dark", "light", "phone"):
        if look == "light":
            page.emulate_media(color_scheme="light")
            page.reload()
            settle(page)
        elif look == "phone":
            page.set_viewport_size({"width": 390, "height": 844})
        if look != "phone":
            page.locator(there).first.wait_for()
            if act is not None:
                act(page)
        assert found(page) == [], look


def test_axe_sees_into_the_player(page: Page):
    page.locator(PLAYER).wait_for()
    page.locator(f"{PLAYER} [data-do=first]").evaluate(
        "element => ['aria-label', 'title'].forEach((name) => element.removeAttribute(name))"
    )
    page.locator(f"{PLAYER} .narration").evaluate("element => { element.style.color = '#bbbbbb'; }")
    rules = {said.split()[0] for said in found(page)}
    assert {"button-name", "color-contrast"} <= rules
