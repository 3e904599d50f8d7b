"""The control that makes a page large: what it does to the page and to the URL, and from one page to another."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, TimeoutError, expect

from tests.browser.actions import PLAYER, params, settle, sidebar, wait_for_params

OpenPage = Callable[..., Page]

LETTERS, CODE = 22, 20  # pixels, at least
PAGES = {
    "graph": ("/graph", {"model": "batchnorm"}),
    "graph to the right": ("/graph", {"direction": "right", "depth": "leaf"}),
    "raised": ("/graph", {"size": "32"}),
    "outputs": ("/dropout", {"model": "dropout", "calls": "10"}),
    "six units": ("/dropout", {"model": "cnn", "calls": "10"}),
    "mean and variance": ("/dropout", {"model": "dropout", "calls": "10", "figure": "Mean and variance"}),
    "variance against p": ("/dropout", {"model": "dropout", "calls": "10", "figure": "Variance against p"}),
    "batch norm": ("/dropout", {"model": "batchnorm", "calls": "10", "figure": "Batch norm"}),
    "questions": ("/questions", {}),
}


def script(name: str) -> str:
    text = Path(__file__).with_name(name).read_text(encoding="utf-8")
    return text[text.index("\n\n") :].strip()


SMALL, OVERLAPS = script("letters.js"), script("overlaps.js")


def found(page: Page, look: str, argument: Any = None) -> list[str]:
    """What a look finds for good, once style sheet and charts have had time to come."""
    with contextlib.suppress(TimeoutError):
        page.wait_for_function(f"(given) => !({look})(given).length", arg=argument)
    return page.evaluate(look, argument)


def control(page: Page) -> Locator:
    return page.get_by_role("button", name="Project", exact=True)


def leave(page: Page) -> Locator:
    return page.get_by_role("button", name="Leave")


def drawn(page: Page) -> None:
    """The charts and graphs of the page are there."""
    settle(page)
    if "/graph" in page.url:
        page.locator(".stage svg").first.wait_for()
    elif "/dropout" in page.url:
        page.locator(".stPlotlyChart .main-svg").first.wait_for()
    else:
        page.locator(".question").first.wait_for()


@pytest.mark.parametrize("name", PAGES)
def test_everything_is_large_and_nothing_is_in_the_way(open_page: OpenPage, name: str):
    path, more = PAGES[name]
    page = open_page(path, project="true", **more)
    expect(sidebar(page)).to_be_hidden()
    expect(leave(page)).to_be_in_viewport(ratio=1)
    drawn(page)
    for width, height, larger in ((1280, 720, 1), (1920, 1080, 1.2)):  # as large on the wall, or nearly
        page.set_viewport_size({"width": width, "height": height})
        if larger > 1:
            page.reload()
            drawn(page)
        assert found(page, SMALL, [larger * LETTERS, larger * CODE]) == []
        assert found(page, OVERLAPS) == []
        assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("figure", ["Outputs", "Mean and variance", "Variance against p", "Batch norm"])
def test_a_figure_is_seen_without_scrolling(open_page: OpenPage, figure: str):
    model = "batchnorm" if figure == "Batch norm" else "dropout"
    page = open_page("/dropout", model=model, figure=figure, project="true")
    drawn(page)
    charts = page.locator(".stPlotlyChart")
    for number in range(charts.count()):
        expect(charts.nth(number)).to_be_in_viewport(ratio=0.99)


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("path", ["/graph", "/dropout", "/questions"])
def test_text_stands_out(open_page: OpenPage, path: str, dark: bool):
    audit = script("audit.js").replace("found < 4.5", "found < 7")
    page = open_page(path, dark=dark, project="true", model="dropout", calls="10")
    drawn(page)
    assert found(page, f"() => Object.values(({audit})()).flat()") == []


@pytest.mark.parametrize("path", ["/graph", "/dropout", "/questions"])
def test_it_is_pressed_and_left_by_button_and_by_key(open_page: OpenPage, path: str):
    page = open_page(path, model="dropout")
    drawn(page)
    expect(sidebar(page)).to_be_visible()
    small = page.evaluate(SMALL, [LETTERS, CODE])
    assert small
    for put_back in (lambda: leave(page).click(), lambda: page.keyboard.press("Escape")):
        expect(control(page)).to_be_in_viewport(ratio=1)
        control(page).click()
        wait_for_params(page, {"model": "dropout", "project": "true"})
        expect(sidebar(page)).to_be_hidden()
        expect(leave(page)).to_be_in_viewport(ratio=1)
        assert found(page, SMALL, [LETTERS, CODE]) == []
        page.get_by_test_id("stMain").evaluate("main => main.scrollTo(0, main.scrollHeight)")
        expect(leave(page)).to_be_in_viewport(ratio=1)
        put_back()
        wait_for_params(page, {"model": "dropout"})
        expect(sidebar(page)).to_be_visible()
        page.wait_for_function(f"(given) => ({SMALL})(given).length > 0", arg=[LETTERS, CODE])


def test_a_graph_that_was_zoomed_is_large_too(open_page: OpenPage):
    page = open_page("/graph")
    drawn(page)
    page.get_by_role("button", name="Fit").first.click()
    control(page).click()
    expect(leave(page)).to_be_visible()
    assert found(page, SMALL, [LETTERS, CODE]) == []


def test_nonsense_is_not_projected_and_said(open_page: OpenPage):
    page = open_page("/graph", project="maybe")
    expect(page.get_by_text("project cannot be 'maybe' here; its default is used.")).to_be_visible()
    expect(sidebar(page)).to_be_visible()
    expect(control(page)).to_be_visible()
    wait_for_params(page, {})


def test_it_holds_from_page_to_page_but_for_those_that_project_themselves(open_page: OpenPage):
    page = open_page("/dropout", model="dropout", calls="10", project="true")
    for name, its_own in (("Call path", PLAYER), ("Compare", PLAYER), ("Map", ".map")):
        page.get_by_role("link", name=name, exact=True).click()
        page.locator(its_own).wait_for()
        expect(sidebar(page)).to_be_visible()
        expect(control(page)).to_have_count(1)
        expect(page.locator(f"{its_own} [data-do=project]")).to_have_count(1)
        assert "project" not in params(page)
    for name, heading in (("Graph", "The graph of this call"), ("Questions", "Questions that people asked")):
        page.get_by_role("link", name=name, exact=True).click()
        expect(page.get_by_role("heading", name=heading)).to_be_visible()
        expect(sidebar(page)).to_be_hidden()
        wait_for_params(page, {"model": "dropout", "project": "true"})
    page.keyboard.press("Escape")
    wait_for_params(page, {"model": "dropout"})
    page.get_by_role("link", name="Graph", exact=True).click()
    expect(page.get_by_role("heading", name="The graph of this call")).to_be_visible()
    expect(sidebar(page)).to_be_visible()


def test_the_back_button_undoes_it(open_page: OpenPage):
    page = open_page("/graph")
    control(page).click()
    wait_for_params(page, {"project": "true"})
    page.go_back()
    expect(sidebar(page)).to_be_visible()
    expect(control(page)).to_be_visible()


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_the_word_that_appears_under_the_pointer_can_be_read(open_page: OpenPage, dark: bool):
    """Streamlit has a background of its own for a button under the pointer; `test_text_stands_out` has none there."""
    page = open_page("/graph", model="simple", dark=dark)
    control(page).click()
    expect(leave(page)).to_be_visible()
    colours = "element => [getComputedStyle(element).color, getComputedStyle(element).backgroundColor]"
    under = leave(page).evaluate(colours)
    page.mouse.move(640, 500)
    expect(page.locator(".st-key-project_bar button:hover")).to_have_count(0)
    assert leave(page).evaluate(colours) == under
