"""Back and Forward undo and redo one change at a time, and a page that is shown again is as it was left."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlencode

from playwright.sync_api import Browser, Page, Route, expect

from tests.browser.actions import (
    PLAYER,
    add_hook,
    choose,
    enter,
    go_to,
    position,
    press,
    settle,
    snippet,
    wait_for_params,
)
from tests.browser.test_compare import pair, row, side
from tests.browser.test_map_and_questions import the_list

OpenPage = Callable[..., Page]


def wait_for_step(page: Page, step: int) -> None:
    expect(page.locator(PLAYER)).to_have_attribute("data-step", str(step))


def back(page: Page, path: str, wanted: dict[str, str]) -> None:
    page.go_back()
    page.wait_for_function("path => location.pathname === path", arg=path)
    wait_for_params(page, wanted)
    settle(page)


def expect_checked(page: Page, group: str, name: str) -> None:
    """Waits for it: after Back the address is there before the run that reads it has begun."""
    radios = page.get_by_role("radiogroup", name=group, exact=True)
    expect(radios.get_by_role("radio", checked=True)).to_have_text(name)


def test_back_undoes_one_control_at_a_time_and_forward_redoes_it(page: Page):
    entries = page.evaluate("history.length")
    states = [{}, {"mode": "eval"}, {"mode": "eval", "grad": "no_grad"}]
    states += [{**states[-1], "batch": "2"}, {**states[-1], "batch": "2", "hook": "observe", "at": "conv1"}]
    press(page, "Mode", "eval")
    wait_for_params(page, states[1])
    press(page, "Grad mode", "no_grad")
    wait_for_params(page, states[2])
    enter(page, "Batch size", "2")
    wait_for_params(page, states[3])
    settle(page)
    add_hook(page, 1, at="conv1")
    wait_for_params(page, states[4])
    settle(page)
    assert page.evaluate("history.length") == entries + 4
    for wanted in reversed(states[:4]):
        back(page, "/", wanted)
        for name, said in (("mode", "training="), ("grad", "grad="), ("batch", "batch="), ("hook", "hooks=")):
            if name in wanted:
                expect(snippet(page)).to_contain_text(said)
            else:
                expect(snippet(page)).not_to_contain_text(said)
        expect(page.get_by_test_id("stAlert")).to_have_count(0)
    for wanted in states[1:]:
        page.go_forward()
        wait_for_params(page, wanted)
        settle(page)
    expect_checked(page, "Mode", "eval")
    expect(page.get_by_role("spinbutton", name="Batch size")).to_have_value("2")


def test_another_model_is_one_entry_though_it_changes_more_than_the_model(open_page: OpenPage):
    asked = {"batch": "49", "size": "64", "hook": "observe", "at": "fc1"}
    page = open_page(**asked)
    choose(page, "Model", "resnet18")
    wait_for_params(page, {"model": "resnet18"})
    settle(page)
    back(page, "/", asked)
    expect(page.get_by_role("spinbutton", name="Batch size")).to_have_value("49")
    expect(page.get_by_role("button", name="Remove hook 1")).to_be_visible()


def test_back_to_another_model_is_back_to_the_step_of_the_link(open_page: OpenPage):
    page = open_page(step="9")
    wait_for_step(page, 9)
    choose(page, "Model", "simple")
    wait_for_params(page, {"model": "simple"})
    wait_for_step(page, 0)
    settle(page)
    back(page, "/", {"step": "9"})
    wait_for_step(page, 9)
    page.go_forward()
    wait_for_params(page, {"model": "simple"})
    wait_for_step(page, 0)


def test_back_to_the_mode_of_the_link_too(open_page: OpenPage):
    page = open_page(mode="eval", step="33")
    wait_for_step(page, 33)
    press(page, "Mode", "train")
    wait_for_params(page, {})
    wait_for_step(page, 33)  # the same statement
    settle(page)
    back(page, "/", {"mode": "eval", "step": "33"})
    wait_for_step(page, 33)
    expect_checked(page, "Mode", "eval")


def test_back_to_a_step_that_was_linked(page: Page):
    expect(page.locator(PLAYER)).to_be_visible()
    for _ in range(2):
        for _ in range(5):
            page.keyboard.press("ArrowRight")
        page.locator(f"{PLAYER} [data-do=link]").click()
        wait_for_params(page, {"step": page.locator(PLAYER).get_attribute("data-step") or ""})
        settle(page)
    back(page, "/", {"step": "5"})
    wait_for_step(page, 5)


def test_no_press_of_back_is_dead_after_two_pairs(open_page: OpenPage):
    page = the_list(open_page)
    go_to(page, "Compare")
    pair(page)
    page.get_by_role("button", name="train / eval", exact=True).click()
    wait_for_params(page, {"with": "mode=eval"})
    settle(page)
    page.get_by_role("button", name="grad / no_grad", exact=True).click()
    wait_for_params(page, {"with": "grad=no_grad"})
    settle(page)
    back(page, "/compare", {"with": "mode=eval"})
    expect(side(page, "right").locator(".run")).to_have_text("model(x) on CNN, eval")
    back(page, "/compare", {})
    expect(side(page, "right").locator(".run")).to_have_text("model.forward(x) on CNN")
    back(page, "/questions", {})


def test_back_undoes_a_change_of_the_graphs_depth(open_page: OpenPage):
    page = open_page("/graph")
    page.get_by_role("radiogroup", name="Depth").get_by_text("leaf", exact=False).click()
    wait_for_params(page, {"depth": "leaf"})
    settle(page)
    go_to(page, "Call path")
    back(page, "/graph", {"depth": "leaf"})
    expect_checked(page, "Depth", "leaf")
    back(page, "/graph", {})
    expect_checked(page, "Depth", "operations")


def test_the_player_keeps_its_place_while_another_page_is_shown(open_page: OpenPage):
    page = open_page(model="simple")
    expect(page.locator(PLAYER)).to_be_visible()
    page.locator(f"{PLAYER} button[data-level='3']").click()
    for _ in range(6):
        page.keyboard.press("ArrowRight")
    stood = position(page)
    go_to(page, "Graph")
    go_to(page, "Call path")
    expect(page.locator(f"{PLAYER} .position")).to_have_text(str(stood))
    expect(page.locator(PLAYER)).to_have_attribute("data-level", "3")
    press(page, "Mode", "eval")
    wait_for_params(page, {"model": "simple", "mode": "eval"})
    settle(page)
    expect(page.locator(f"{PLAYER} .position")).to_have_text(str(stood))  # the step that corresponds
    back(page, "/", {"model": "simple"})
    expect(page.locator(f"{PLAYER} .position")).to_have_text(str(stood))


def test_the_step_of_a_link_comes_before_the_place_that_was_kept(open_page: OpenPage):
    page = open_page(step="9")
    wait_for_step(page, 9)
    page.keyboard.press("End")
    page.reload()
    wait_for_step(page, 9)


def test_two_players_keep_their_place_too(open_page: OpenPage):
    page = open_page("/compare", model="simple")
    pair(page)
    for _ in range(6):
        page.keyboard.press("ArrowRight")
    at = row(page)
    go_to(page, "Graph")
    back(page, "/compare", {"model": "simple"})
    expect(pair(page)).to_have_attribute("data-row", str(at))


def test_questions_are_as_they_were_left(open_page: OpenPage):
    page = the_list(open_page)
    question = page.locator(".question").nth(19)
    question.locator("summary").click()
    question.scroll_into_view_if_needed()
    expect(question.locator("details")).to_have_attribute("open", "")
    before = question.bounding_box()
    question.locator("a.primary").click()
    page.wait_for_function("() => location.pathname !== '/questions'")
    settle(page)
    page.go_back()
    page.locator(".questions[data-complete=true]").wait_for()
    expect(page.locator(".question details[open]")).to_have_count(1)
    page.wait_for_function("() => document.querySelector('[data-testid=stMain]').scrollTop > 0")
    now = question.bounding_box()
    assert before is not None
    assert now is not None
    assert abs(now["y"] - before["y"]) < 2


def test_a_page_left_before_its_controls_are_there_is_one_entry(browser: Browser, address: str):
    """Streamlit then takes their parameters out of the address, and puts them back one by one."""
    context = browser.new_context()
    page = context.new_page()
    held: list[Route] = []
    for part in ("TextInput", "BidiComponent"):  # what draws the hooks' fields and every component, the player's too
        page.route(f"**/static/js/{part}*", lambda route: held.append(route))
    wanted = {"mode": "eval", "hook": "observe,double", "at": "conv1,"}
    page.goto(f"{address}/?{urlencode(wanted)}")
    settle(page)
    entries = page.evaluate("history.length")
    go_to(page, "Graph")
    assert len(held) == 2
    for route in held:
        route.continue_()
    wait_for_params(page, wanted)
    expect(page.locator(".st-key-at input")).to_have_value(wanted["at"])
    assert page.evaluate("history.length") == entries + 1
    back(page, "/", wanted)
    context.close()


def test_back_to_a_model_is_back_to_the_mode_that_it_opens_in(open_page: OpenPage):
    page = open_page(model="digits")
    expect_checked(page, "Mode", "eval")
    choose(page, "Digit", "3")
    wait_for_params(page, {"model": "digits", "digit": "3"})
    settle(page)
    choose(page, "Model", "cnn")
    wait_for_params(page, {})
    settle(page)
    expect_checked(page, "Mode", "train")
    back(page, "/", {"model": "digits", "digit": "3"})
    expect_checked(page, "Mode", "eval")
    expect(snippet(page)).to_contain_text("digit='3'")
    expect(snippet(page)).not_to_contain_text("training=")
    back(page, "/", {"model": "digits"})
    expect(snippet(page)).not_to_contain_text("digit=")
    for wanted in ({"model": "digits", "digit": "3"}, {}):
        page.go_forward()
        wait_for_params(page, wanted)
        settle(page)
    expect_checked(page, "Mode", "train")
    press(page, "Mode", "eval")
    wait_for_params(page, {"mode": "eval"})
