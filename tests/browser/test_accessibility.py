"""Contrast, names and sizes, measured on every page in both themes; and the pages by keyboard alone."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, TimeoutError, expect

from tests.browser.actions import PLAYER, position, settle

OpenPage = Callable[..., Page]

AUDIT = (Path(__file__).with_name("audit.js")).read_text(encoding="utf-8")
AUDIT = AUDIT[AUDIT.index("() => {") :]
PAGES = {
    "first": ("/", {}),
    "a step with a hook": ("/", {"hook": "double", "step": "30"}),
    "raised": ("/", {"size": "32", "step": "62"}),
    "not callable": ("/", {"model": "not-a-model"}),
    "a notice": ("/", {"model": "gpt"}),
    "graph": ("/graph", {"model": "batchnorm"}),
    "empty autograd graph": ("/graph", {"grad": "no_grad"}),
    "two runs": ("/compare", {"with": "hook%3Dobserve", "row": "8"}),
    "two runs that differ": ("/compare", {"model": "dropout", "with": "mode%3Deval", "row": "36"}),
    "outputs": ("/dropout", {"model": "dropout", "calls": "10"}),
    "mean and variance": ("/dropout", {"model": "dropout", "calls": "10", "figure": "Mean and variance"}),
}


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("name", PAGES)
def test_text_stands_out_and_controls_have_names_and_size(open_page: OpenPage, name: str, dark: bool):
    path, params = PAGES[name]
    page = open_page(path, dark=dark, **params)
    if path in ("/", "/compare"):
        page.locator(PLAYER).wait_for()
    with contextlib.suppress(TimeoutError):  # while Streamlit fades in what it has just drawn, text is faint
        page.wait_for_function(f"() => Object.values(({AUDIT})()).every((found) => !found.length)")
    assert page.evaluate(AUDIT) == {"contrast": [], "unnamed": [], "small": []}


def test_the_audit_finds_what_it_looks_for(open_page: OpenPage):
    page = open_page()
    page.locator(PLAYER).wait_for()
    page.locator(f"{PLAYER} .narration").evaluate("element => { element.style.color = '#bbbbbb'; }")
    page.locator(f"{PLAYER} [data-do=first]").evaluate("element => element.removeAttribute('aria-label')")
    page.locator(f"{PLAYER} [data-do=first]").evaluate("element => element.removeAttribute('title')")
    page.locator(f"{PLAYER} [data-do=over]").evaluate(
        "element => { element.style.minHeight = element.style.height = '20px'; }"
    )
    found = page.evaluate(AUDIT)
    assert any("To call an object" in said for said in found["contrast"])
    assert len(found["unnamed"]) == 1
    assert len(found["small"]) == 1


def test_the_narration_is_announced(page: Page):
    page.locator(PLAYER).wait_for()
    said = page.locator(f"{PLAYER} [aria-live=polite]")
    before = said.inner_text()
    page.keyboard.press("ArrowRight")
    expect(said).not_to_have_text(before)


def test_by_keyboard_alone(page: Page):
    """Tab reaches every control of the sidebar and of the player, and each does its work by key."""
    page.locator(PLAYER).wait_for()
    names: list[str] = []
    for _ in range(80):
        page.keyboard.press("Tab")
        names.append(
            page.evaluate(
                "() => { let at = document.activeElement; while (at?.shadowRoot?.activeElement) at ="
                " at.shadowRoot.activeElement; return at?.getAttribute('aria-label') || at?.innerText || at?.id; }"
            )
        )
        if names[-1] == "Into":
            page.keyboard.press("Enter")
            assert position(page) == 2
        if names[-1] == "Everything":
            page.keyboard.press("Space")
            expect(page.locator(f"{PLAYER} [data-level='3']")).to_have_attribute("aria-pressed", "true")
        if names[-1] == "Timeline":
            break
    for wanted in ("Play", "Step forward", "Over", "Into", "Link to this step", "Project", "Timeline"):
        assert wanted in names
    page.keyboard.press("End")
    settle(page)
    assert page.locator(f"{PLAYER} .position").inner_text() == page.locator(f"{PLAYER} .count").inner_text()
