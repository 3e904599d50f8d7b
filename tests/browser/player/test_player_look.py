"""What the room sees: sizes, contrast, escaping, one view without scrolling."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from explorer.experiment import Experiment
from explorer.observe import observe
from explorer.record import Observation
from tests.browser.player.conftest import OpenFile
from tests.browser.player.looks import jump, press, step
from tests.helpers.toy import HOSTILE, hostile_observation, toy_observation

# For each piece of text in view: its size, and its contrast with the nearest background behind it (WCAG 2.2's formula).
TEXTS = """
() => {
  const numbers = (colour) => (colour.match(/[\\d.]+/g) ?? []).map(Number);
  const rgb = (colour) => {
    const [r, g, b, a = 1] = numbers(colour);
    const unit = colour.startsWith("color(srgb") ? 255 : 1;
    return [r * unit, g * unit, b * unit, a];
  };
  const light = ([r, g, b]) => {
    const linear = (v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    const [x, y, z] = [r, g, b].map((v) => linear(v / 255));
    return 0.2126 * x + 0.7152 * y + 0.0722 * z;
  };
  const behind = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const colour = rgb(getComputedStyle(at).backgroundColor);
      if (colour[3] > 0.5) return colour;
    }
    return [255, 255, 255, 1];
  };
  const root = document.querySelector(".player");
  const found = [];
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const element = node.parentElement;
    if (!node.textContent.trim() || element.closest("svg") || element.closest("option, .hidden, :disabled")) continue;
    const style = getComputedStyle(element);
    if (!element.getClientRects().length || style.visibility === "hidden") continue;
    const [one, two] = [light(rgb(style.color)), light(behind(element))].sort((a, b) => b - a);
    const contrast = (one + 0.05) / (two + 0.05);
    found.push({ text: node.textContent.trim().slice(0, 40), size: parseFloat(style.fontSize), contrast });
  }
  return found;
}
"""


@pytest.fixture(scope="module")
def hooked() -> Observation:
    return observe(Experiment(model="batchnorm"))


def project(page: Page) -> None:
    page.locator("[data-do=project]").click()
    page.locator(".player.projecting").wait_for()


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(
    "asked", [Experiment(model="batchnorm"), Experiment(model="cnn", size=32)], ids=["ran", "raised"]
)
def test_text_stands_out(open_file: OpenFile, asked: Experiment, theme: str) -> None:
    observation = observe(asked)
    page = open_file(observation, theme=theme)
    for projecting in (False, True):
        if projecting:
            project(page)
        for at in range(0, len(observation.trace.steps), 7):
            jump(page, at)
            texts = page.evaluate(TEXTS)
            poor = [text for text in texts if text["contrast"] < (7 if projecting else 4.5)]
            poor += [text for text in texts if text["size"] < (16 if projecting else 12)]
            assert not poor, (at, poor)


@pytest.mark.parametrize(("width", "height"), [(1280, 720), (1920, 1080)])
def test_projecting_is_one_view_with_code_at_24_pixels(
    open_file: OpenFile, hooked: Observation, width: int, height: int
) -> None:
    page = open_file(hooked, step=20, width=width, height=height)
    project(page)
    sizes = page.locator(".shown .line .text").evaluate_all(
        "all => all.map(one => parseFloat(getComputedStyle(one).fontSize))"
    )
    assert min(sizes) >= 24
    small = page.locator(".river button, .river .sizes").evaluate_all(
        "all => all.map(one => parseFloat(getComputedStyle(one).fontSize))"
    )
    assert min(small) >= 18
    root = page.locator(".player").bounding_box()
    assert root == {"x": 0, "y": 0, "width": width, "height": height}
    for part in (".strip", ".stack", ".source", ".values", ".narration", ".river", ".controls", ".timeline"):
        box = page.locator(part).first.bounding_box()
        assert box is not None
        assert box["height"] >= 24
        assert box["y"] + box["height"] <= height
        assert box["x"] + box["width"] <= width
    page.keyboard.press("Escape")
    if page.locator(".player.projecting").count():  # a browser without a window may not leave fullscreen by key
        page.locator("[data-do=project]").click()
    page.locator(".player:not(.projecting)").wait_for()


@pytest.mark.parametrize(("width", "height"), [(1000, 650), (1280, 720), (390, 844)])
def test_every_control_is_large_enough_and_named(open_file: OpenFile, width: int, height: int) -> None:
    page = open_file(toy_observation(), step=4, width=width, height=height)
    for control in page.locator(".player button:visible, .player select").all():
        box = control.bounding_box()
        assert box is not None
        assert box["width"] >= 24
        assert box["height"] >= 24
        assert control.get_attribute("aria-label") or control.inner_text().strip()
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize(("width", "height"), [(1000, 650), (1280, 720)])
def test_the_current_line_is_always_in_view(open_file: OpenFile, hooked: Observation, width: int, height: int) -> None:
    page = open_file(hooked, width=width, height=height)
    pane = page.locator(".code").bounding_box()
    assert pane is not None
    for key in ("ArrowRight", "ArrowLeft"):
        last = -1
        while step(page) != last:
            last = step(page)
            current = page.locator(".shown .line[aria-current=step]")
            if current.count():
                box = current.bounding_box()
                assert box is not None
                assert pane["y"] - 1 <= box["y"] <= pane["y"] + pane["height"] - 15
            press(page, key)


def test_the_text_of_a_model_is_never_markup(open_file: OpenFile) -> None:
    page = open_file(hostile_observation())
    for _ in range(10):
        assert page.locator(".player img, .player script").count() == 0
        press(page, "ArrowRight")
    assert HOSTILE in page.locator(".values").inner_text()


def test_a_call_that_cannot_be_made_shows_where_python_looked(open_file: OpenFile) -> None:
    page = open_file(observe(Experiment(model="not-a-model")))
    rows = page.locator(".mro li").all_inner_texts()
    assert len(rows) == 2
    assert all("does not have it" in row for row in rows)
    assert "TypeError: 'NotAModel' object is not callable" in page.locator(".lookup").inner_text()


def test_a_call_that_raised_shows_the_line_and_the_exception(open_file: OpenFile) -> None:
    observation = observe(Experiment(model="cnn", size=32))
    assert observation.error is not None
    page = open_file(observation, step=observation.error.step or 0)
    current = page.locator(".shown .line[aria-current=step]")
    assert current.get_attribute("data-line") == str(observation.error.line)
    assert current.get_attribute("data-state") == "raised"
    assert "raised" in current.locator(".word").inner_text()
    assert "invalid for input of size 2048" in page.locator(".values").inner_text()
    lit = page.locator(".river .operation[data-lit]")
    assert lit.count() == 1
    assert lit.inner_text() == "view"
    assert "raised" in (lit.locator("button").get_attribute("title") or "")


def test_narration_is_spoken_but_not_while_playing(open_file: OpenFile) -> None:
    page = open_file(toy_observation(), clock=True)
    assert page.locator(".narration").get_attribute("aria-live") == "polite"
    press(page, " ")
    assert page.locator(".narration").get_attribute("aria-live") == "off"
    press(page, " ")
    assert page.locator(".narration").get_attribute("aria-live") == "polite"
