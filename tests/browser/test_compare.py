"""The compare page in a real browser: what the pairs show first, keys, links, and two sides that stay in step."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from explorer.catalog import ENTRIES
from tests.browser.actions import choose, params, press, settle, sidebar

OpenPage = Callable[..., Page]
PAIR = ".pair[data-ready=true]"

# By hand: the pair, the model, what the first difference says, and the row that it stands at.
FIRST = {
    "call / forward": ("simple", "Python looks for __call__ on the left, for forward on the right.", 0),
    "train / eval": ("dropout", "When dropout begins, training is True on the left and False on the right.", 32),
    "grad / no_grad": ("simple", "grad_fn AddmmBackward0 on the left and None on the right", 19),
    "hook / none": ("simple", "in _call_impl of the model: the left goes on at line", 6),
}


def pair(page: Page) -> Locator:
    found = page.locator(PAIR)
    found.wait_for()
    return found


def side(page: Page, name: str) -> Locator:
    return page.locator(f"{PAIR} .side[data-side={name}]")


def row(page: Page) -> int:
    return int(pair(page).get_attribute("data-row") or -1)


def wait_for_right(page: Page, text: str) -> None:
    """Until the right side shows the run that was asked for."""
    expect(side(page, "right").locator(".run")).to_have_text(text)


def test_what_differs_has_a_sign_and_comes_first(open_page: OpenPage):
    page = open_page("/compare", **{"model": "dropout", "with": "mode%3Deval"})
    pair(page)
    page.keyboard.press("d")  # to `F.dropout(input, self.p, self.training, self.inplace)`
    for name in ("left", "right"):
        entries = side(page, name).locator(".values .entry[data-name]")
        expect(entries.first).to_have_attribute("data-name", "training")
        assert [one.get_attribute("data-differs") for one in entries.all()] == ["true", *[None] * (entries.count() - 1)]
        assert entries.count() == 4


@pytest.mark.parametrize("name", FIRST)
def test_one_click_and_the_first_difference_is_found(open_page: OpenPage, name: str):
    model, first, at = FIRST[name]
    page = open_page("/compare", model=model)
    pair(page)
    page.get_by_role("button", name=name, exact=True).click()
    text = page.locator(f"{PAIR} .difference-text")
    expect(text).to_contain_text(first)
    settle(page)
    if at:
        expect(text).to_contain_text("Equal here. Next difference: ")
        page.keyboard.press("d")
    assert row(page) == at
    expect(text).to_contain_text(first)
    expect(text).not_to_contain_text("Equal here")
    assert (
        page.locator("body").inner_text().count(first) + pair(page).inner_text().count(first) == 1
    )  # it is there once
    expect(page.locator(f"{PAIR} .which")).to_contain_text("difference 1 of")


def test_d_and_shift_d_walk_along_the_differences(open_page: OpenPage):
    page = open_page("/compare", **{"model": "dropout", "with": "mode%3Deval"})
    pair(page)
    which = page.locator(f"{PAIR} .which")
    expect(which).to_have_text("9 differences")
    rows = []
    for number in range(1, 10):
        page.keyboard.press("d")
        expect(which).to_have_text(f"difference {number} of 9")
        rows.append(row(page))
    assert rows == sorted(set(rows))
    page.keyboard.press("d")  # there is none after the last
    expect(which).to_have_text("difference 9 of 9")
    expect(page.get_by_role("button", name="Next difference")).to_be_disabled()
    page.keyboard.press("Shift+D")
    assert row(page) == rows[-2]
    page.get_by_role("button", name="Previous difference").click()
    assert row(page) == rows[-3]
    page.keyboard.press("Home")
    assert row(page) == 0


def test_one_key_moves_both_sides_and_a_side_without_a_step_says_so(open_page: OpenPage):
    """By hand, `simple` called and through `forward`: one shared row, seven of the left, then `forward` on both."""
    page = open_page("/compare", model="simple")
    pair(page)
    expect(page.locator(f"{PAIR} .relation")).to_have_text("≠ both")
    for name in ("left", "right"):
        expect(side(page, name).locator(".tag")).to_be_hidden()
    for _ in range(7):
        page.keyboard.press("ArrowRight")
        expect(page.locator(f"{PAIR} .relation")).to_have_text("◀ only left")
        expect(side(page, "right").locator(".tag")).to_have_text("no step here")
        expect(side(page, "right").locator(".absent")).to_be_visible()
        expect(side(page, "left").locator(".absent")).to_be_hidden()
        expect(side(page, "right").locator(".narration")).to_contain_text("The right has no step here")
    page.keyboard.press("ArrowRight")
    expect(page.locator(f"{PAIR} .relation")).to_have_text("= both")
    for name in ("left", "right"):
        expect(side(page, name).locator(".function")).to_have_text("SimpleModel.forward")
        expect(side(page, name).locator(".absent")).to_be_hidden()
        expect(side(page, name).locator(".shown [aria-current=step]")).to_contain_text("def forward")
    page.keyboard.press("End")
    expect(side(page, "right").locator(".tag")).to_have_text("no step here")
    expect(side(page, "right").locator(".shown [aria-current=step] .word")).to_have_text("‖ waits")


def test_both_sides_stand_at_the_same_line_all_the_way(open_page: OpenPage):
    """Runs that differ in values only."""
    page = open_page("/compare", **{"model": "dropout", "with": "grad%3Dno_grad"})
    pair(page).locator("[data-level='3']").click()
    lines = """root => [...root.querySelectorAll(".side")].map((side) => {
        const shown = [".shown [aria-current=step] .number", ".function"];
        return shown.map((selector) => side.querySelector(selector)?.textContent).join();
    })"""
    count = int(page.locator(f"{PAIR} .count").inner_text())
    assert count == 44
    for _ in range(count):
        left, right = pair(page).evaluate(lines)
        assert left == right
        page.keyboard.press("ArrowRight")
    assert row(page) == 43


def test_a_link_shows_the_same_in_another_browser(open_page: OpenPage):
    page = open_page("/compare", model="cnn")
    pair(page)
    page.get_by_role("button", name="hook / none", exact=True).click()
    wait_for_right(page, "model(x) on CNN, 1 hook")
    page.keyboard.press("d")
    page.keyboard.press("d")
    page.keyboard.press("ArrowRight")
    page.locator(f"{PAIR} [data-do=link]").click()
    page.wait_for_function("() => new URLSearchParams(location.search).has('row')")
    asked = params(page)
    assert asked["with"] == "hook=observe"
    other = open_page("/compare", **{name: value.replace("=", "%3D") for name, value in asked.items()})
    pair(other)
    for selector in (".difference-text", ".which", ".position", ".relation"):
        expect(other.locator(f"{PAIR} {selector}")).to_have_text(page.locator(f"{PAIR} {selector}").inner_text())
    for name in ("left", "right"):
        for selector in (".run", ".function", ".narration"):
            here = side(page, name).locator(selector).inner_text()
            expect(side(other, name).locator(selector)).to_have_text(here)


def test_a_new_pair_keeps_the_place_and_one_press_is_one_step(open_page: OpenPage):
    page = open_page("/compare", model="cnn")
    pair(page)
    position, count = (page.locator(f"{PAIR} .{name}") for name in ("position", "count"))
    for name, shown in (("train / eval", "eval"), ("grad / no_grad", "no_grad"), ("hook / none", "1 hook")):
        page.keyboard.press("End")
        page.get_by_role("button", name=name, exact=True).click()
        wait_for_right(page, f"model(x) on CNN, {shown}")
        rows = int(count.inner_text())
        expect(position).to_have_text(str(rows))  # the end of the one pair is the end of the other
        page.keyboard.press("ArrowLeft")
        page.keyboard.press("ArrowLeft")
        expect(position).to_have_text(str(rows - 2))


def test_no_key_is_taken_from_a_field(open_page: OpenPage):
    page = open_page("/compare", **{"model": "dropout", "with": "mode%3Deval"})
    pair(page)
    seed = sidebar(page).get_by_role("spinbutton", name="Seed")
    seed.focus()
    for key in ("d", "ArrowRight", "End", "D"):
        page.keyboard.press(key)
    assert row(page) == 0
    page.get_by_role("button", name="Right side").click()
    page.get_by_role("spinbutton", name="Seed").last.focus()
    page.keyboard.press("d")
    assert row(page) == 0
    page.keyboard.press("Escape")
    page.locator("h1").click()
    page.keyboard.press("Control+d")
    assert row(page) == 0
    page.keyboard.press("d")
    expect(page.locator(f"{PAIR} .which")).to_have_text("difference 1 of 9")
    # a click into the timeline leaves the letter to the players
    page.locator(f"{PAIR} .timeline").click(position={"x": 3, "y": 20})
    expect(pair(page)).to_have_attribute("data-row", "0")
    page.keyboard.press("d")
    expect(page.locator(f"{PAIR} .which")).to_have_text("difference 1 of 9")


def test_the_left_follows_the_sidebar_and_the_right_its_own_settings(open_page: OpenPage):
    page = open_page("/compare", **{"model": "cnn", "with": "mode%3Deval"})
    pair(page)
    wait_for_right(page, "model(x) on CNN, eval")
    press(page, "Grad mode", "no_grad")  # the right has it too
    wait_for_right(page, "model(x) on CNN, eval")
    expect(page.locator(".st-key-head")).to_contain_text("No step differs.")
    assert params(page)["with"] == "mode=eval"


def test_the_right_side_survives_another_page(open_page: OpenPage):
    page = open_page("/compare", **{"model": "cnn", "with": "mode%3Deval"})
    pair(page)
    page.get_by_role("link", name="Call path").click()
    page.locator(".player[data-ready=true]:not(.pair)").wait_for()
    page.get_by_role("link", name="Compare").click()
    wait_for_right(page, "model(x) on CNN, eval")
    assert params(page)["with"] == "mode=eval"


def test_stepping_asks_the_server_nothing(open_page: OpenPage):
    page = open_page("/compare", **{"model": "resnet18", "with": "mode%3Deval"})
    sent: list[str] = []
    page.on("websocket", lambda socket: socket.on("framesent", lambda frame: sent.append(socket.url)))
    page.on("request", lambda request: sent.append(request.url))
    page.reload()
    settle(page)
    pair(page)
    assert sent
    sent.clear()
    steps = pair(page).evaluate(
        """async () => {
            performance.clearMeasures("pair-step");
            for (let n = 0; n < 300; n++) dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowRight" }));
            return performance.getEntriesByName("pair-step").length;
        }"""
    )
    assert steps == 300
    assert row(page) > 299
    assert not sent


def test_project_fills_the_window(open_page: OpenPage):
    page = open_page("/compare", model="simple")
    pair(page)
    page.get_by_role("button", name="Project").click()
    expect(pair(page)).to_have_class("player pair projecting")
    box = pair(page).bounding_box()
    assert box is not None
    assert (box["width"], box["height"]) == (1280, 720)
    smallest = pair(page).evaluate(
        """root => Math.min(...[...root.querySelectorAll("*")].filter((each) => each.checkVisibility()
            && [...each.childNodes].some((node) => node.nodeType === 3 && node.data.trim()))
            .map((each) => parseFloat(getComputedStyle(each).fontSize)))"""
    )
    assert smallest >= 16
    page.get_by_role("button", name="Leave").click()
    expect(pair(page)).to_have_class("player pair")


def test_every_entry_opens_without_a_complaint(open_page: OpenPage):
    """One page for all of them; that each opens by its own address is tested without a browser."""
    page = open_page("/compare", model=list(ENTRIES)[-1])
    for model in ENTRIES:
        choose(page, "Model", model)
        page.wait_for_function("key => (new URLSearchParams(location.search).get('model') ?? 'cnn') === key", arg=model)
        settle(page)
        expect(page.get_by_text("This page could not be drawn"), model).to_have_count(0)
        expect(page.locator(PAIR), model).to_be_visible()
        pair(page)
        page.locator("h1").click()  # away from the field, which keeps its keys
        page.keyboard.press("End")
        page.keyboard.press("Home")
        assert row(page) == 0, model


@pytest.mark.parametrize("hook", ["", "observe"])
@pytest.mark.parametrize(("width", "height"), [(1280, 720), (1920, 1080)])
def test_the_look_up_and_why_are_shown_whole(open_page: OpenPage, width: int, height: int, hook: str):
    """Both sides' first step, with the page around it and projected: every line of the sentence, every class."""
    page = open_page("/compare", width=width, height=height, **({"hook": hook} if hook else {}))
    for projecting in (False, True):
        if projecting:
            pair(page).locator("[data-do=project]").click()
            page.locator(f"{PAIR}.projecting").wait_for()
        for name in ("left", "right"):
            for selector in (".narration", ".shown"):
                shown = side(page, name).locator(selector).first
                high, room = shown.evaluate("each => [each.scrollHeight, each.clientHeight]")
                assert high <= room, (projecting, name, selector)
            for path in side(page, name).locator(".mro small").all():
                lines = path.evaluate(
                    """path => [...path.childNodes].filter((part) => part.nodeType === Node.TEXT_NODE).map((part) => {
                        const range = document.createRange();
                        range.selectNode(part);
                        return range.getClientRects().length;
                    })"""
                )
                assert set(lines) == {1}, path.inner_text()  # no part of a dotted path is on two lines


@pytest.mark.parametrize(("width", "height"), [(1280, 720), (1920, 1080)])
def test_all_of_it_is_in_view(open_page: OpenPage, width: int, height: int):
    page = open_page("/compare", width=width, height=height, model="cnn")
    box = pair(page).bounding_box()
    assert box is not None
    assert box["y"] + box["height"] <= height
    for name in ("left", "right"):
        source = side(page, name).locator(".source").bounding_box()
        assert source is not None
        assert source["height"] > 120
