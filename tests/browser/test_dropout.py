"""The dropout page in a real browser: what is drawn is drawn whole. `open_page` fails where the console complains."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.actions import PLAYER, wait_for_params

OpenPage = Callable[..., Page]
FIGURE = {"figure": "Mean+and+variance"}
CHART = ".stPlotlyChart"
DOUBLE = 400  # milliseconds: two clicks within that time are a double one to plotly


def figures(page: Page, legends: str) -> list[dict[str, float]]:
    """The right edge of each chart and of its legend, in pixels, once every legend is there."""
    expect(page.locator(f"{CHART} .legend")).to_have_count(2)
    assert page.locator(f"{CHART} .legendtext").all_text_contents() == legends.split(", ")
    return page.locator(CHART).evaluate_all(
        """charts => charts.map(chart => ({
            edge: chart.querySelector(".modebar").getBoundingClientRect().left,
            legend: Math.max(...[...chart.querySelectorAll(".legendtext")].map(
                (text) => text.getBoundingClientRect().right)),
        }))"""
    )


def drawing(page: Page, number: int = 0) -> Locator:
    """The part of a chart between its axes."""
    return page.locator(f"{CHART} .nsewdrag").nth(number)


def point_at(page: Page, place: float, number: int = 0, height: float = 0.5) -> None:
    """Move the pointer so far to the right in a chart, 0 to 1, and from the top."""
    drawing(page, number).scroll_into_view_if_needed()
    box = drawing(page, number).bounding_box()
    assert box
    x, y = box["x"] + place * box["width"], box["y"] + height * box["height"]
    page.mouse.move(x - 3, y)
    page.mouse.move(x, y)


def numbers_below(page: Page) -> list[str]:
    """The numbers on the horizontal axis of the first chart."""
    return page.locator(CHART).first.locator(".xtick text").all_text_contents()


@pytest.mark.parametrize("width", [1280, 1920])
def test_the_legend_stands_in_the_chart(open_page: OpenPage, width: int):
    page = open_page("/dropout", model="dropout", width=width, **FIGURE)
    for chart in figures(page, "train, eval, train, eval, closed form"):
        assert chart["legend"] <= chart["edge"]


def test_an_interval_far_outside_the_picture_is_drawn_without_a_fault(open_page: OpenPage):
    """By hand: over two calls of `recurrent` the variance's interval ends at more than a float32 holds."""
    page = open_page("/dropout", model="recurrent", calls="100", **FIGURE)
    assert len(figures(page, "train, eval, train, eval")) == 2


def test_hovering_tells_each_number_under_its_name(open_page: OpenPage):
    """The interval is told where it is drawn, and nowhere before."""
    page = open_page("/dropout", model="recurrent", calls="1000", **FIGURE)
    expect(page.locator(f"{CHART} .legend")).to_have_count(2)
    told = page.locator(CHART).nth(1).locator(".hoverlayer")
    point_at(page, 0.001, 1)
    expect(told.get_by_text("variance, 2 calls")).to_be_visible()
    assert "interval" not in " ".join(told.locator("text").all_text_contents())
    point_at(page, 0.999, 1)
    expect(told.get_by_text("variance, 1,000 calls")).to_be_visible()
    said = " ".join(told.locator("text").all_text_contents())
    value, low, high = re.search(r"train: (\S+?)interval low: (\S+?)interval high: (\S+)", said).groups()
    assert 0 < float(low) < float(value) < float(high)
    assert "eval: 0" in said


def test_the_legend_switches_a_line_and_its_band(open_page: OpenPage):
    page = open_page("/dropout", model="dropout", calls="100", **FIGURE)
    chart = page.locator(CHART).first
    lines, bands = chart.locator(".lines path.js-line"), chart.locator(".js-fill")
    expect(lines).to_have_count(3)  # the band's edge, the line, and eval
    expect(bands.first).to_be_attached()
    entry = chart.locator(".legendtoggle").first
    entry.click()
    expect(lines).to_have_count(1)
    expect(bands).to_have_count(0)
    entry.click()
    expect(lines).to_have_count(3)


def test_a_part_is_enlarged_and_a_double_click_shows_all_again(open_page: OpenPage):
    page = open_page("/dropout", model="dropout", calls="100", **FIGURE)
    expect(page.locator(f"{CHART} .legend")).to_have_count(2)
    before = numbers_below(page)
    point_at(page, 0.3, height=0.3)
    page.mouse.down()
    point_at(page, 0.5, height=0.7)
    page.mouse.up()
    expect(page.locator(CHART).first.locator(".xtick text").first).not_to_have_text(before[0])
    page.wait_for_timeout(DOUBLE)
    drawing(page).dblclick()
    expect(page.locator(CHART).first.locator(".xtick text")).to_have_text(before)


def test_buttons_beside_a_chart_save_it_and_zoom(open_page: OpenPage):
    page = open_page("/dropout", model="dropout", calls="10")
    chart = page.locator(CHART).first
    for name in ("Zoom in", "Zoom out", "Reset axes", "Fullscreen"):
        expect(chart.get_by_role("button", name=name)).to_be_visible()
    with page.expect_download() as download:
        chart.get_by_role("button", name="Download plot").click()
    assert download.value.suggested_filename == "units-3-train-enabled.png"
    expect(page.locator("[aria-label*=logo], a[href*=plotly]")).to_have_count(0)


def test_a_chart_has_words_for_who_cannot_see_it(open_page: OpenPage):
    page = open_page("/dropout", model="dropout", calls="10", **FIGURE)
    for number, statistic in enumerate(("mean", "variance")):
        alt = page.get_by_role("figure").nth(number).get_attribute("aria-label")
        assert alt
        assert f"The {statistic} of unit 0" in alt


def test_only_a_page_with_charts_loads_what_draws_them(open_page: OpenPage):
    page = open_page("/")
    page.locator(PLAYER).wait_for()
    loaded = "() => performance.getEntriesByType('resource').filter((one) => /plotly/i.test(one.name)).length"
    assert page.evaluate(loaded) == 0
    page.get_by_role("link", name="Dropout", exact=True).click()
    page.locator(f"{CHART} svg").first.wait_for()
    assert page.evaluate(loaded) == 1


def test_where_nothing_varies_a_model_that_does_is_one_click_away(open_page: OpenPage):
    page = open_page("/dropout", model="feedforward", calls="10")
    page.get_by_role("button", name="Choose the model dropout").click()
    wait_for_params(page, {"model": "dropout", "calls": "10"})
    expect(page.get_by_text("different outputs").first).to_be_visible()
    expect(page.get_by_role("button", name="Choose the model")).to_have_count(0)
