"""The map of `__call__` and the questions in a real browser: their marks, their links, the keyboard."""

from __future__ import annotations

import re
from urllib.parse import parse_qsl, urlsplit

import pytest
from playwright.sync_api import Page, expect

from explorer.presets import PRESETS
from explorer.questions import QUESTIONS
from tests.browser.actions import PLAYER, headline, params, sidebar
from tests.browser.test_accessibility import AUDIT

MAP = ".map[data-complete=true]"
LIST = ".questions[data-complete=true]"


def the_map(open_page, **options) -> Page:
    page = open_page("/map", **options)
    page.locator(MAP).wait_for()
    return page


def the_list(open_page, **options) -> Page:
    page = open_page("/questions", **options)
    page.locator(LIST).wait_for()
    return page


def row(page: Page, text: str):
    return page.locator(".statement").filter(has_text=text)


def test_this_runs_marks_are_there_before_the_presets_have_run(open_page):
    page = open_page("/map")
    page.locator(".map").wait_for()
    expect(page.locator(".statement[data-state=here]").first).to_be_visible()
    page.locator(MAP).wait_for()
    expect(page.get_by_role("progressbar")).to_have_count(0)


def test_the_legend_counts_the_rows(open_page):
    page = the_map(open_page)
    counts = {state: page.locator(f".statement[data-state={state}]").count() for state in ("here", "preset", "never")}
    said = page.locator(".map .legend").inner_text()
    assert [int(number) for number in re.findall(r"\d+", said)] == list(counts.values())
    assert f"{counts['here'] + counts['preset']} of {sum(counts.values())}" in page.locator(".st-key-head").inner_text()
    # Each mark has a shape of its own.
    marks = {page.locator(f".statement[data-state={state}] > .mark").first.inner_text() for state in counts}
    assert len(marks) == 3


def test_a_click_opens_the_preset_at_that_statement(open_page):
    page = the_map(open_page)
    statement = row(page, "var = next(v for v in")
    statement.scroll_into_view_if_needed()
    statement.get_by_role("link").click()
    page.locator(PLAYER).wait_for()
    expect(page.locator(f"{PLAYER} .line[aria-current]")).to_contain_text("var = next(v for v in")
    found = params(page)
    (preset,) = [one for one in PRESETS if one.title == "Legacy hook on a dict"]
    assert {name: value for name, value in found.items() if name != "step"} == preset.experiment.to_params()


def test_another_run_has_other_marks(open_page):
    page = the_map(open_page)
    result = row(page, "hook_result = hook(self, args, result)").first
    expect(result).to_have_attribute("data-state", "preset")
    sidebar(page).get_by_role("radiogroup", name="Called as").get_by_text("forward", exact=True).click()
    page.goto(page.url.split("?")[0] + "?hook=double")
    page.locator(MAP).wait_for()
    expect(result).to_have_attribute("data-state", "here")


def test_arrow_keys_choose_and_enter_opens(open_page):
    page = the_map(open_page)
    code = page.locator(".map .code")
    code.focus()
    for _ in range(2):
        page.keyboard.press("ArrowDown")
    chosen = page.locator(".statement[aria-selected=true]")
    expect(chosen).to_have_count(1)
    expect(page.locator(".map .details")).to_contain_text(chosen.get_attribute("data-first"))
    page.keyboard.press("End")
    expect(chosen).to_contain_text("return result")
    page.keyboard.press("Home")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.locator(PLAYER).wait_for()
    expect(page.locator(f"{PLAYER} .line[aria-current]")).to_contain_text("self._compiled_call_impl(")


def test_what_nothing_reaches_is_explained(open_page):
    page = the_map(open_page)
    never = page.locator(".map .never li")
    expect(never).to_have_count(page.locator(".statement[data-state=never]").count())
    row(page, "nonlocal").click()
    expect(page.locator(".map .details .why")).to_contain_text("no code")


def test_projected_it_fills_the_screen_in_large_letters(open_page):
    page = the_map(open_page)
    page.get_by_role("button", name="Project").click()
    page.locator(".map.projecting").wait_for()
    sizes = page.locator(".map.projecting").evaluate(
        "root => [...root.querySelectorAll('.line, .details, .row > .opening a, .legend')]"
        ".map(each => parseFloat(getComputedStyle(each).fontSize))"
    )
    assert min(sizes) >= 16
    assert max(sizes) >= 24
    page.get_by_role("button", name="Leave").click()
    expect(page.locator(".map.projecting")).to_have_count(0)
    expect(page.get_by_role("button", name="Project")).to_be_visible()


def test_the_chosen_line_stays_in_view_when_projected(open_page):
    page = the_map(open_page)
    code = page.locator(".map .code")
    chosen = row(page, "called_always_called_hooks = set()")
    chosen.click()
    expect(chosen).to_have_attribute("aria-selected", "true")
    for name in ("Project", "Leave"):
        page.get_by_role("button", name=name).click()
        expect(page.locator(".map.projecting")).to_have_count(int(name == "Project"))
        page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
        box, pane = chosen.bounding_box(), code.bounding_box()
        assert box is not None
        assert pane is not None
        assert pane["y"] <= box["y"]
        assert box["y"] + box["height"] <= pane["y"] + pane["height"]


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("open_it", [the_map, the_list], ids=["map", "questions"])
def test_text_stands_out_and_controls_have_names_and_size(open_page, open_it, dark):
    page = open_it(open_page, dark=dark)
    if open_it is the_list:
        page.get_by_role("button", name="Show all answers").click()
    page.wait_for_function(f"() => Object.values(({AUDIT})()).every((found) => !found.length)")


def test_an_answer_opens_with_what_was_measured(open_page):
    page = the_list(open_page)
    first = page.locator("article#Q5")
    expect(first.locator(".answer")).to_be_hidden()
    first.locator("summary").click()
    expect(first.locator(".answer")).to_contain_text("Measured: The output's grad_fn is AddmmBackward0")
    expect(first.locator(".answer")).to_contain_text("So:")
    first.get_by_role("link", name="Open the run").click()
    page.locator(PLAYER).wait_for()
    expect(headline(page)).to_contain_text("model.forward(x)")


def test_all_answers_at_once_and_none(open_page):
    page = the_list(open_page)
    page.get_by_role("button", name="Show all answers").click()
    expect(page.locator(".answer:visible")).to_have_count(len(QUESTIONS))
    page.get_by_role("button", name="Hide all answers").click()
    expect(page.locator(".answer:visible")).to_have_count(0)


def test_each_question_opens_a_page_that_there_is(open_page):
    """Followed: one on a pair and one on repeated calls; of the others, the address is read."""
    page = the_list(open_page)
    for link in page.locator(".questions a").all():
        address = urlsplit(link.evaluate("link => link.href"))
        assert address.path in ("/", "/dropout", "/compare")
        assert ("with" in dict(parse_qsl(address.query))) == (address.path == "/compare")
    page.locator("article#Q6").get_by_role("link", name="Compare the two runs").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Two runs in step")
    expect(page.locator(".st-key-head")).to_contain_text("hook")
    page.go_back()
    page.locator("article#Q14").get_by_role("link", name="Repeated calls").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("again and again")
    assert params(page)["model"] == "bare-dropout"
