"""The first page, as a reader sees it for the first time, and the links that lead back to it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Page, expect

from explorer.catalog import ENTRIES
from tests.browser.actions import (
    PLAYER,
    add_hook,
    choose,
    enter,
    go_to,
    headline,
    params,
    position,
    press,
    settle,
    snippet,
    wait_for_params,
)

OpenPage = Callable[..., Page]


def test_it_fits_a_projector_without_scrolling(page: Page):
    expect(page.get_by_role("heading", level=1)).to_have_text("What happens between the parentheses of model(x)?")
    player = page.locator(PLAYER).bounding_box()
    assert player is not None
    assert player["y"] + player["height"] <= 720
    page.get_by_test_id("stSidebar").get_by_role("spinbutton", name="Seed").wait_for()
    seed = page.get_by_test_id("stSidebar").get_by_role("spinbutton", name="Seed").bounding_box()
    assert seed is not None
    assert seed["y"] + seed["height"] <= 720


@pytest.mark.parametrize(("width", "height"), [(1100, 700), (1024, 768), (900, 700)])
def test_a_narrow_window_keeps_the_source_readable_and_the_controls_in_reach(
    open_page: OpenPage, width: int, height: int
):
    page = open_page(width=width, height=height, model="resnet18")
    page.locator(f"{PLAYER} [data-level='3']").click()
    pane = page.locator(f"{PLAYER} .code").bounding_box()
    assert pane is not None
    assert pane["height"] >= 180  # nine lines
    assert pane["width"] >= 500  # most statements in one line
    for _ in range(6):
        page.keyboard.press("ArrowRight")
    line = page.locator(f"{PLAYER} .shown .line[aria-current]").bounding_box()
    assert line is not None
    assert pane["y"] <= line["y"] <= pane["y"] + pane["height"] - 20
    assert pane["y"] + pane["height"] <= height
    for part in (".controls", ".timeline"):
        box = page.locator(f"{PLAYER} {part}").bounding_box()
        assert box is not None
        assert box["y"] + box["height"] <= height, part
    page.locator(f"{PLAYER} .values").scroll_into_view_if_needed()
    expect(page.locator(f"{PLAYER} .controls")).to_be_in_viewport(ratio=1)


def test_nothing_of_streamlits_own_is_in_the_way(page: Page):
    expect(page.get_by_text("Deploy", exact=True)).to_have_count(0)
    expect(page).to_have_title("Inside model(x)")


@pytest.mark.parametrize("path", ["/", "/graph", "/dropout", "/map"])
def test_every_entry_opens_on_every_page(open_page: OpenPage, path: str):
    """The fixture fails this test where the console complains. The compare page has a test of this of its own."""
    page = open_page(path)
    for key in ENTRIES:
        choose(page, "Model", key)
        page.wait_for_function("key => (new URLSearchParams(location.search).get('model') ?? 'cnn') === key", arg=key)
        settle(page)
        expect(page.get_by_text("This page could not be drawn"), key).to_have_count(0)
        if path == "/":
            title = ENTRIES[key].title if key != "checkpoint" else "Dict"
            expect(headline(page), key).to_contain_text(title)
            expect(page.locator(PLAYER), key).to_be_visible()


def test_a_link_to_a_step_shows_that_step_in_another_browser(open_page: OpenPage, browser: Browser):
    page = open_page(model="feedforward", mode="eval")
    expect(page.locator(PLAYER)).to_be_visible()
    for _ in range(7):
        page.keyboard.press("ArrowRight")
    assert position(page) == 8
    page.get_by_role("button", name="Link to this step").click()
    page.wait_for_function("() => new URLSearchParams(location.search).has('step')")
    other = open_page("/", **params(page))
    expect(other.locator(f"{PLAYER} .position")).to_have_text("8")
    for part in (".narration", ".code [aria-current]", ".frames [aria-current]"):
        shown, wanted = (one.locator(f"{PLAYER} {part}").filter(visible=True) for one in (other, page))
        assert shown.all_inner_texts() == wanted.all_inner_texts() != []


def test_the_step_of_a_link_ends_with_its_run(open_page: OpenPage):
    page = open_page(step="9")
    expect(page.locator(PLAYER)).to_be_visible()
    press(page, "Mode", "eval")
    page.wait_for_function("() => location.search === '?mode=eval'")


def test_an_arrow_is_one_step_after_three_changes_of_the_data(page: Page):
    press(page, "Mode", "eval")
    enter(page, "Seed", "3")
    add_hook(page, 1)
    wait_for_params(page, {"mode": "eval", "seed": "3", "hook": "observe"})
    expect(snippet(page)).to_contain_text("hooks=")
    expect(page.locator(PLAYER)).to_be_visible()
    before = position(page)
    page.keyboard.press("ArrowRight")
    expect(page.locator(f"{PLAYER} .position")).to_have_text(str(before + 1))
    page.keyboard.press("ArrowLeft")
    expect(page.locator(f"{PLAYER} .position")).to_have_text(str(before))


def test_a_call_that_raises_is_told_and_breaks_nothing(open_page: OpenPage):
    page = open_page(size="32")
    expect(headline(page)).to_contain_text("raised RuntimeError in CNN.forward")
    expect(headline(page)).to_contain_text("shape '[-1, 1568]' is invalid for input of size 2048")
    expect(page.locator(PLAYER)).to_be_visible()
    for name in ("Graph", "Dropout"):
        go_to(page, name)
        expect(page.get_by_text("This page could not be drawn")).to_have_count(0)


def test_where_it_raised_is_one_click_away(open_page: OpenPage):
    page = open_page(size="32")
    page.locator(PLAYER).get_by_role("button", name="Where it raised").click()
    marked = page.locator(f"{PLAYER} .shown .line[aria-current]")
    expect(marked).to_contain_text("raised")
    expect(marked).to_contain_text("x.view(-1, 32 * 7 * 7)")
    expect(page.locator(f"{PLAYER} .facts")).to_contain_text("is invalid for input of size 2048")


def test_nothing_to_go_to_where_nothing_raised(page: Page):
    expect(page.locator(PLAYER)).to_be_visible()
    expect(page.get_by_role("button", name="Where it raised")).to_have_count(0)


@pytest.mark.parametrize("call", ["call", "forward"])
@pytest.mark.parametrize("model", ["function", "not-a-model", "checkpoint", "transformer"])
def test_the_player_ends_above_the_edge_whatever_stands_above_it(open_page: OpenPage, model: str, call: str):
    page = open_page(model=model, call=call, mode="eval", grad="no_grad")
    two_frames = "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
    page.locator(PLAYER).evaluate(two_frames)  # it measures what stands above it when that has its place
    box = page.locator(PLAYER).bounding_box()
    assert box is not None
    assert box["y"] + box["height"] <= 720


def test_a_function_without_forward_is_not_said_to_be_uncallable(open_page: OpenPage):
    page = open_page(model="function", call="forward")
    verdict = page.locator(f"{PLAYER} .verdict").first
    expect(verdict).to_have_text("✕ Nowhere: function objects have no forward.")


def test_forty_nine_images_give_sixty_four_predictions(open_page: OpenPage):
    page = open_page(size="32", batch="49")
    expect(headline(page)).to_contain_text("[64, 10]")
    expect(page.get_by_test_id("stMain").get_by_text("49", exact=False).first).to_be_visible()


def test_the_saved_page_opens_without_a_server(page: Page, browser: Browser, tmp_path):
    with page.expect_download() as pending:
        page.get_by_role("button", name="Save as one HTML file").click()
    file = tmp_path / "saved.html"
    pending.value.save_as(file)
    alone = browser.new_page()
    asked: list[str] = []
    alone.on("request", lambda request: asked.append(request.url))
    alone.goto(file.as_uri())
    expect(alone.locator(PLAYER)).to_be_visible()
    assert asked == [file.as_uri()]
    alone.close()


RIVER_FITS = """pane => {
    const scroller = pane.querySelector(".drawing"), frame = scroller.getBoundingClientRect();
    const lit = [...pane.querySelectorAll("[data-lit]:not(.open)")].map((each) => each.getBoundingClientRect());
    const whole = scroller.scrollWidth <= scroller.clientWidth + 1;
    return whole && lit.every((each) => frame.top <= each.top && each.bottom <= frame.bottom);
}"""


@pytest.mark.parametrize(("width", "height"), [(1280, 720), (1920, 1080)])
@pytest.mark.parametrize("model", ["dict-output", "cnn", "resnet18", "recurrent", "transformer"])
def test_the_whole_model_is_on_the_screen(open_page: OpenPage, model: str, width: int, height: int):
    page = open_page("/", model=model, width=width, height=height)
    page.emulate_media(reduced_motion="reduce")
    pane = page.locator(f"{PLAYER} .pane.river")
    pane.locator("[data-key]").first.wait_for()
    smallest = pane.locator("button, .sizes").evaluate_all(
        "all => Math.min(...all.map((each) => parseFloat(getComputedStyle(each).fontSize)))"
    )
    assert smallest >= 13
    last = int(page.locator(f"{PLAYER} .count").inner_text())
    for part in range(5):
        assert pane.evaluate(RIVER_FITS), part
        for _ in range(last // 5):
            page.keyboard.press("ArrowRight")
