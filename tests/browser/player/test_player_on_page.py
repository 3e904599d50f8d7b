"""The player on a Streamlit page: keys after reruns, fields left alone, links, and silence while stepping."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.player.looks import press, step
from tests.helpers import patience

Open = Callable[..., Page]


@pytest.fixture
def open_host(browser: Browser, host: str) -> Iterator[Open]:
    contexts = []
    faults: list[str] = []

    def open_(query: str = "", *, scheme: str = "light") -> Page:
        context = browser.new_context(viewport={"width": 1280, "height": 720}, color_scheme=scheme)  # type: ignore[arg-type]
        context.set_default_timeout(patience.MILLISECONDS)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.goto(f"{host}/{query}")
        page.locator(".player[data-ready=true]").first.wait_for()
        return page

    yield open_
    for context in contexts:
        context.close()
    assert not faults, faults


def count(page: Page) -> str:
    return page.locator(".player").first.get_attribute("data-count") or ""


def change(page: Page, what: Callable[[], None], seen: str) -> None:
    """Change a control and wait until the page and the player have the new run."""
    what()
    page.get_by_text(f"seen: {seen}").wait_for()
    page.locator("[data-testid=stApp][data-test-script-state=notRunning]").wait_for()


def toggle(page: Page) -> None:
    page.locator("[data-testid=stSidebar] label", has_text="Training mode").click()


def test_one_press_is_one_step_after_three_changes(open_host: Open) -> None:
    page = open_host()
    press(page, "ArrowRight")
    change(page, lambda: toggle(page), "cnn False enabled 0")
    change(page, lambda: page.get_by_role("radiogroup").get_by_text("simple").click(), "simple False enabled 0")
    change(page, lambda: page.get_by_text("no_grad", exact=True).click(), "simple False no_grad 0")
    expect(page.locator(".player")).to_have_attribute("data-position", "1")
    for wanted in ("2", "3", "4"):
        page.keyboard.press("ArrowRight")
        expect(page.locator(".player")).to_have_attribute("data-position", wanted)
    page.get_by_text("seen: simple False no_grad").wait_for()  # the control that was clicked did not take the key


@pytest.mark.parametrize("label", ["Name", "Seed", "Number"])
def test_a_field_with_the_focus_keeps_its_keys(open_host: Open, label: str) -> None:
    page = open_host()
    press(page, "ArrowRight", "ArrowRight")
    at = step(page)
    field = page.get_by_role("slider", name=label) if label == "Number" else page.get_by_label(label)
    field.first.focus()
    for key in ("ArrowRight", "Home", "End", "ArrowLeft"):
        assert press(page, key) == at
    if label == "Name":
        page.keyboard.type("a b")
        expect(page.get_by_label("Name")).to_have_value("a b")
        assert page.locator("[data-do=play]").get_attribute("aria-pressed") == "false"


def test_a_list_that_brought_a_new_run_gives_the_arrows_back(open_host: Open) -> None:
    page = open_host()
    page.get_by_label("Seed").click()
    change(page, lambda: page.get_by_role("option", name="2").click(), "cnn True enabled 2")
    page.keyboard.press("ArrowRight")
    expect(page.locator(".player")).to_have_attribute("data-position", "2")
    page.get_by_label("Seed").click()
    page.keyboard.press("ArrowRight")
    assert page.locator(".player").get_attribute("data-position") == "2"


def test_a_radio_reached_by_keyboard_keeps_its_arrows(open_host: Open) -> None:
    page = open_host()
    page.get_by_label("Name").focus()
    for _ in range(4):
        page.keyboard.press("Shift+Tab")
        if page.evaluate("document.activeElement.type") == "radio":
            break
    assert page.evaluate("document.activeElement.type") == "radio"
    assert press(page, "ArrowDown", "ArrowRight") == 0


def test_a_link_opens_the_same_step_in_another_browser(open_host: Open) -> None:
    page = open_host()
    for _ in range(13):
        page.keyboard.press("ArrowRight")
    at = step(page)
    page.get_by_role("button", name="Link to this step").click()
    page.wait_for_url(f"**/?step={at}")
    page.locator("[data-testid=stApp][data-test-script-state=notRunning]").wait_for()
    assert press(page, "ArrowRight") > at  # the rerun left the reader in place
    other = open_host(f"?step={at}")
    assert step(other) == at


def test_a_thousand_steps_send_nothing(browser: Browser, host: str) -> None:
    context = browser.new_context(viewport={"width": 1280, "height": 720})
    page = context.new_page()
    sent: list[int] = []
    page.on("websocket", lambda socket: socket.on("framesent", lambda frame: sent.append(len(frame))))
    page.goto(host)
    page.locator(".player[data-ready=true]").wait_for()
    page.locator("[data-testid=stApp][data-test-script-state=notRunning]").wait_for()
    before = len(sent)
    assert before > 0
    moved = page.evaluate(
        """() => {
          const options = { bubbles: true, cancelable: true };
          const press = (key) => document.dispatchEvent(new KeyboardEvent("keydown", { key, ...options }));
          performance.clearMeasures("player-step");
          for (let n = 0; n < 1000; n++) press(n % 100 < 50 ? "ArrowRight" : "ArrowLeft");
          return performance.getEntriesByName("player-step").length;
        }"""
    )
    assert moved == 1000
    page.locator("[data-testid=stApp][data-test-script-state=notRunning]").wait_for()
    assert len(sent) == before
    context.close()


def test_a_change_of_theme_keeps_the_place(open_host: Open) -> None:
    page = open_host()
    at = press(page, *["ArrowRight"] * 5)
    page.emulate_media(color_scheme="dark")
    expect(page.locator(".player")).to_have_attribute("data-theme", "dark")
    assert step(page) == at
    press(page, "ArrowRight")
    expect(page.locator(".player")).to_have_attribute("data-position", "7")


def test_two_players_share_no_key(open_host: Open) -> None:
    page = open_host("?two=1")
    players = page.locator(".player[data-ready=true]")
    expect(players).to_have_count(2)
    page.keyboard.press("ArrowRight")
    positions = sorted(players.evaluate_all("all => all.map(one => one.dataset.position)"))
    assert positions == ["1", "2"]
    players.first.locator("[data-do=last]").click()
    page.keyboard.press("ArrowLeft")
    total = int(count(page))
    assert players.first.get_attribute("data-position") == str(total - 1)


def test_projecting_covers_the_page(open_host: Open) -> None:
    page = open_host()
    page.get_by_role("button", name="Project").click()
    page.locator(".player.projecting").wait_for()
    box = page.locator(".player").bounding_box()
    assert box == {"x": 0, "y": 0, "width": 1280, "height": 720}
    on_top = page.evaluate(
        """() => [[5, 5], [640, 5], [1275, 715], [5, 400]].every(([x, y]) => {
          const host = document.elementFromPoint(x, y);
          return Boolean(host?.shadowRoot?.elementFromPoint(x, y)?.closest(".player"));
        })"""
    )
    assert on_top
