"""Where a reader stands: keys reach the player after a field, a changed setting keeps the place, a link names it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from explorer import Experiment, Hook, observe
from explorer.reading.compare.alignment import align
from tests.browser.actions import PLAYER, add_hook, enter, params, press, settle, sidebar, snippet, wait_for_params

OpenPage = Callable[..., Page]


def stands_at(page: Page, step: int) -> None:
    expect(page.locator(PLAYER)).to_have_attribute("data-step", str(step))


@pytest.mark.parametrize("path", ["/", "/compare"])
@pytest.mark.parametrize("field", ["Seed", "Batch size", "Model"])
def test_after_a_field_a_press_of_the_player_gives_it_the_keys(open_page: OpenPage, path: str, field: str):
    page = open_page(path)
    player = page.locator(PLAYER)
    expect(player).to_be_visible()
    if field == "Model":
        sidebar(page).get_by_role("combobox", name=field).click()
        page.keyboard.press("Escape")
    else:
        enter(page, field, "3")
        wait_for_params(page, {"seed" if field == "Seed" else "batch": "3"})
    expect(player).to_be_visible()
    player.get_by_role("button", name="Step forward").click()
    expect(player.locator(".position")).to_have_text("2")
    page.keyboard.press("ArrowRight")
    expect(player.locator(".position")).to_have_text("3")


def test_while_a_field_is_typed_in_it_keeps_the_keys(page: Page):
    player = page.locator(PLAYER)
    expect(player).to_be_visible()
    number = sidebar(page).get_by_role("spinbutton", name="Seed")
    number.click()
    for key in ("ArrowRight", "Home", "End", "ArrowLeft"):
        page.keyboard.press(key)
    expect(player.locator(".position")).to_have_text("1")
    expect(number).to_be_focused()


CHANGES: dict[str, tuple[Callable[[Page], Any], dict[str, Any], str]] = {
    "mode": (lambda page: press(page, "Mode", "eval"), {"training": False}, "training=False"),
    "grad": (lambda page: press(page, "Grad mode", "no_grad"), {"grad": "no_grad"}, "grad='no_grad'"),
    "call": (lambda page: press(page, "Called as", "forward"), {"call": "forward"}, "call='forward'"),
    "seed": (lambda page: enter(page, "Seed", "3"), {"seed": 3}, "seed=3"),
    "hook": (lambda page: add_hook(page, 1, at="fc2"), {"hooks": (Hook("fc2"),)}, "at='fc2'"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_changed_setting_keeps_the_step_that_corresponds(open_page: OpenPage, change: str):
    act, settings, said = CHANGES[change]
    before = Experiment(model="batchnorm") if change == "mode" else Experiment(model="feedforward")
    rows = align(observe(before), observe(replace(before, **settings)))
    steps = observe(before).trace.steps
    shared = [row for row in rows if row.left and row.right and steps[row.left].level <= 2]
    for row in (shared[len(shared) // 2], shared[-2]):
        page = open_page(**before.to_params(), step=str(row.left))
        stands_at(page, row.left or 0)
        act(page)
        expect(snippet(page)).to_contain_text(said)
        stands_at(page, row.right or 0)
        assert "step" not in params(page)


def test_a_changed_setting_keeps_the_level_and_another_model_begins_anew(open_page: OpenPage):
    page = open_page(model="feedforward", step="9")
    page.locator(f"{PLAYER} button[data-level='3']").click()
    press(page, "Mode", "eval")
    wait_for_params(page, {"model": "feedforward", "mode": "eval"})
    expect(snippet(page)).to_contain_text("training=False")
    stands_at(page, 9)
    expect(page.locator(PLAYER)).to_have_attribute("data-level", "3")


def test_two_runs_keep_their_place_too(open_page: OpenPage):
    page = open_page("/compare", **{"model": "feedforward", "with": "call%3Dforward", "row": "20"})
    pair = page.locator(PLAYER)
    expect(pair).to_have_attribute("data-row", "20")
    said = pair.locator("[data-side=left] .source").inner_text()
    enter(page, "Seed", "3")
    wait_for_params(page, {"model": "feedforward", "with": "call=forward", "seed": "3"})
    expect(pair.locator("[data-side=left] .source")).to_have_text(said, use_inner_text=True)
    expect(pair).to_have_attribute("data-row", "20")


@pytest.mark.parametrize(("path", "position"), [("/", "step"), ("/compare", "row")])
@pytest.mark.parametrize("level", ["1", "2", "3"])
def test_a_link_keeps_the_level_of_detail(open_page: OpenPage, path: str, position: str, level: str):
    page = open_page(path, model="feedforward")
    player = page.locator(PLAYER)
    player.locator(f"button[data-level='{level}']").click()
    for _ in range(4):
        page.keyboard.press("ArrowRight")
    player.locator("[data-do=link]").click()
    stood = player.get_attribute(f"data-{position}") or ""
    wait_for_params(page, {"model": "feedforward", position: stood, **({} if level == "2" else {"detail": level})})
    other = open_page(path, **params(page))
    expect(other.locator(PLAYER)).to_have_attribute("data-level", level)
    expect(other.locator(PLAYER)).to_have_attribute(f"data-{position}", stood)
    expect(other.locator(f"{PLAYER} .position")).to_have_text("5")


def test_a_level_that_is_none_is_said_to_be(open_page: OpenPage):
    page = open_page(model="feedforward", detail="sea", step="4")
    expect(page.get_by_test_id("stAlert").first).to_contain_text("detail is 1 for the phases")
    wait_for_params(page, {"model": "feedforward", "step": "4"})
    settle(page)
