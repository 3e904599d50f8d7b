"""The dropout page in a real browser: what is drawn is drawn whole. `open_page` fails where the console complains."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.actions import wait_for_params

OpenPage = Callable[..., Page]
FIGURE = {"figure": "Mean+and+variance"}


def figures(page: Page, legends: str) -> list[dict[str, float]]:
    """The right edge of each chart and of its legend, in pixels, once every legend is there."""
    expect(page.locator(".role-legend")).to_have_count(2)
    assert page.locator(".role-legend-label text").all_text_contents() == legends.split(", ")
    return page.locator("svg:has(.role-legend)").evaluate_all(
        """charts => charts.map(chart => ({
            edge: chart.getBoundingClientRect().right,
            legend: Math.max(...[...chart.querySelectorAll(".role-legend-label text")].map(
                (text) => text.getBoundingClientRect().right)),
        }))"""
    )


@pytest.mark.parametrize("width", [1280, 1920])
def test_the_legend_stands_in_the_chart(open_page: OpenPage, width: int):
    page = open_page("/dropout", model="dropout", width=width, **FIGURE)
    for chart in figures(page, "train mode, eval mode, train mode, eval mode, closed form"):
        assert chart["legend"] <= chart["edge"]


def test_an_interval_far_outside_the_picture_is_drawn_without_a_fault(open_page: OpenPage):
    """By hand: over two calls of `recurrent` the variance's interval ends at more than a float32 holds."""
    page = open_page("/dropout", model="recurrent", calls="100", **FIGURE)
    assert len(figures(page, "train mode, eval mode, train mode, eval mode")) == 2


def test_where_nothing_varies_a_model_that_does_is_one_click_away(open_page: OpenPage):
    page = open_page("/dropout", model="feedforward", calls="10")
    page.get_by_role("button", name="Choose the model dropout").click()
    wait_for_params(page, {"model": "dropout", "calls": "10"})
    expect(page.get_by_text("different outputs").first).to_be_visible()
    expect(page.get_by_role("button", name="Choose the model")).to_have_count(0)
