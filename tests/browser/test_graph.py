"""The graph page in a real browser: the viewer's buttons and keys, and what a reader sees first."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

FORWARD, AUTOGRAD = "forward", "autograd"


def viewer(page: Page, which: str = FORWARD) -> Locator:
    """One of the two graphs. They are mounted in any order, so neither is "the first on the page"."""
    return page.locator(f".st-key-{which}_graph .viewer")


def stage(page: Page, which: str = FORWARD) -> Locator:
    """Where a graph is drawn, once both are: until then a column may still find its width."""
    for each in (FORWARD, AUTOGRAD):
        viewer(page, each).locator(".stage svg").wait_for()
    return viewer(page, which).locator(".stage")


def press(page: Page, name: str) -> None:
    viewer(page).get_by_role("button", name=name).click()


def scale(page: Page) -> int:
    return int(re.sub(r"\D", "", viewer(page).locator("output").inner_text()))


def smallest_text(view: Locator) -> float:
    """Height in pixels of the smallest letters' box, as laid out on the screen."""
    return view.locator("svg").evaluate(
        """svg => {
            const scale = svg.getBoundingClientRect().width / svg.viewBox.baseVal.width;
            const sizes = [...svg.querySelectorAll("text")].map(text => parseFloat(getComputedStyle(text).fontSize));
            return scale * Math.min(...sizes);
        }"""
    )


@pytest.mark.parametrize("model", ["cnn", "resnet18"])
@pytest.mark.parametrize("depth", ["operations", "leaf", "top"])
def test_the_first_view_is_legible(open_page, model, depth):
    page = open_page("/graph", model=model, depth=depth)
    view = stage(page)
    assert smallest_text(view) >= 12
    first = view.locator(".node").first.bounding_box()
    frame = view.bounding_box()
    assert first["y"] >= frame["y"]
    assert first["x"] >= frame["x"]
    assert first["x"] + first["width"] <= frame["x"] + frame["width"]


def test_more_than_half_of_the_cnn_is_seen_and_a_cut_edge_has_a_shadow(open_page):
    page = open_page("/graph")
    for which, least in ((FORWARD, 6), (AUTOGRAD, 9)):
        view = stage(page, which)
        frame = viewer(page, which).locator(".frame")
        whole = view.evaluate(
            """view => {
                const {left, right, top, bottom} = view.getBoundingClientRect();
                const boxes = [...view.querySelectorAll(".node")].map((node) => node.getBoundingClientRect());
                const rows = boxes.filter((box) => top <= box.top && box.bottom <= bottom);
                return rows.filter((box) => left <= box.left && box.right <= right).length;
            }"""
        )
        assert whole >= least
        expect(frame).to_have_attribute("data-cut", re.compile("bottom"))
        assert "inset" in frame.evaluate("frame => getComputedStyle(frame, '::after').boxShadow")
        view.focus()
        page.keyboard.press("0")
        expect(frame).to_have_attribute("data-cut", "")


def test_nothing_stands_empty_above_the_title(open_page):
    page = open_page("/graph")
    stage(page)
    heading, choice = page.get_by_role("heading", level=1), page.get_by_role("radiogroup", name="Depth")
    box, beside = heading.bounding_box(), choice.bounding_box()
    assert abs(box["y"] + box["height"] / 2 - beside["y"] - beside["height"] / 2) < 8
    assert box["y"] < 80


def test_buttons_and_keys_zoom(open_page):
    page = open_page("/graph", model="resnet18")
    view = stage(page)
    before = scale(page)
    press(page, "Zoom in")
    assert scale(page) == pytest.approx(before * 1.25, abs=1)
    press(page, "Zoom out")
    assert scale(page) == before
    view.focus()
    page.keyboard.press("0")
    fitted = scale(page)
    assert view.evaluate("stage => stage.scrollHeight <= stage.clientHeight")
    page.keyboard.press("+")
    assert scale(page) > fitted
    page.keyboard.press("-")
    assert scale(page) == fitted
    page.keyboard.press("1")
    assert scale(page) == 100
    press(page, "Fit")
    assert scale(page) == fitted
    press(page, "1:1")
    assert scale(page) == 100


def test_arrow_keys_pan(open_page):
    page = open_page("/graph", model="resnet18")
    view = stage(page)
    view.focus()
    page.keyboard.press("ArrowDown")
    page.wait_for_function("() => true")
    expect(view).to_be_focused()
    page.keyboard.press("End")
    view.evaluate("stage => new Promise(done => stage.scrollTop > 0 ? done() : stage.addEventListener('scroll', done))")
    assert view.evaluate("stage => stage.scrollTop") > 0


def test_dragging_pans(open_page):
    page = open_page("/graph", model="resnet18")
    view = stage(page)
    box = view.bounding_box()
    page.mouse.move(box["x"] + 100, box["y"] + 250)
    page.mouse.down()
    page.mouse.move(box["x"] + 100, box["y"] + 100, steps=5)
    page.mouse.up()
    assert view.evaluate("stage => stage.scrollTop") == pytest.approx(150, abs=8)


def test_a_reader_who_zoomed_keeps_the_place_when_the_page_is_resized(open_page):
    page = open_page("/graph", model="resnet18")
    stage(page).focus()
    page.keyboard.press("1")
    page.keyboard.press("+")
    page.set_viewport_size({"width": 1100, "height": 700})
    assert scale(page) == 125


def test_another_depth_is_another_drawing_and_starts_afresh(open_page):
    page = open_page("/graph", model="cnn")
    view = stage(page)
    expect(view.locator(".node")).to_have_count(12)
    view.focus()
    page.keyboard.press("0")
    page.get_by_role("radio", name="leaf").or_(page.get_by_role("button", name="leaf")).first.click()
    expect(view.locator("title", has_text="MaxPool2d: module pool, call 2")).to_have_count(1)
    assert "depth=leaf" in page.url
    assert scale(page) >= 65


def test_targets_are_large_enough(open_page):
    page = open_page("/graph", model="cnn")
    stage(page)
    for box in (button.bounding_box() for button in page.locator(".bar button:visible").all()):
        assert min(box["width"], box["height"]) >= 24


@pytest.mark.parametrize("kind", ["SVG", "PNG", "PDF", "DOT"])
def test_each_file_can_be_saved(open_page, kind):
    page = open_page("/graph", model="simple")
    magic = {"SVG": b"<svg", "PNG": b"\x89PNG", "PDF": b"%PDF", "DOT": b"digraph"}[kind]
    for name in ("simple-operations", "simple-autograd"):
        with page.expect_download() as saved:
            page.locator(f".st-key-{name}-{kind.lower()}").get_by_role("button").click()
        assert saved.value.suggested_filename == f"{name}.{kind.lower()}"
        assert Path(saved.value.path()).read_bytes().startswith(magic)
