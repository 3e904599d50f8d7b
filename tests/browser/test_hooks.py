"""Hooks on the page: added through the form, seen to fire in their order, removed; and where one raises."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import pytest
from playwright.sync_api import Page, expect

from explorer import Experiment, Hook
from explorer.catalog.hooks import KINDS
from tests.browser.actions import (
    PLAYER,
    add_hook,
    choose,
    go_to,
    headline,
    hook_runs,
    settle,
    sidebar,
    wait_for_params,
)
from tests.helpers.hooked import bare_turns

OpenPage = Callable[..., Page]


def shown_runs(experiment: Experiment) -> list[str]:
    """What the page should show of the bare run: its first six runs, and each hook's first."""
    found = [f"{number} {path or 'outermost'}" for number, path in bare_turns(experiment)]
    return found[:6] + [
        run for index, run in enumerate(found) if index >= 6 and run[0] not in {before[0] for before in found[:index]}
    ]


@pytest.mark.parametrize("at", ["fc2", "(every module)"])
@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_of_hook_is_added_seen_to_fire_and_removed(open_page: OpenPage, kind: str, at: str):
    page = open_page(model="feedforward", backward="true")
    add_hook(page, 1, kind=KINDS[kind].title, at=at)  # type: ignore[index]
    path = "" if at == "(every module)" else at
    experiment = Experiment(model="feedforward", backward=True, hooks=(Hook(path, kind=kind, is_global=not path),))  # type: ignore[arg-type]
    wait_for_params(page, experiment.to_params())
    expect(page.locator(".st-key-hook-order")).to_contain_text("ran in this order")
    if path:
        expect(hook_runs(page)).to_have_text(["1 fc2"])
    elif "backward" in kind:
        expect(hook_runs(page).first).to_contain_text("1")
    else:
        expect(hook_runs(page)).to_have_text(shown_runs(experiment))
    page.get_by_role("button", name="Remove hook 1").click()
    wait_for_params(page, {"model": "feedforward", "backward": "true"})
    expect(page.locator(".st-key-hook-order")).to_have_count(0)


def test_the_order_of_turns_beside_the_order_of_registration(page: Page):
    add_hook(page, 1, does="observe")
    add_hook(page, 2, "prepend", does="return twice")
    add_hook(page, 3, kind="forward pre-hook", at="fc2")
    add_hook(page, 4, kind="full backward hook", at="fc1")
    wanted = {"hook": "observe,prepend:double,forward_pre:observe,full_backward:observe", "at": ",,fc2,fc1"}
    wait_for_params(page, wanted)
    expect(hook_runs(page)).to_have_text(["3 fc2", "2 outermost", "1 outermost"])
    line = page.locator(".st-key-hook-order")  # the runs were the same before the fourth was registered
    expect(line).to_contain_text("Hooks registered: 1 2 3 4, never ran: 4; ran in this order:")


def test_a_hook_run_leads_to_its_step_as_often_as_it_is_asked_for(open_page: OpenPage):
    asked = {"hook": "observe,forward_pre:observe", "at": ",fc1"}
    page = open_page(**asked)
    player = page.locator(PLAYER)
    runs = hook_runs(page)
    expect(runs).to_have_count(2)
    for index, name in ((0, "observe#2"), (1, "observe#1"), (0, "observe#2"), (0, "observe#2")):
        runs.nth(index).click()
        expect(player.locator(".stack [aria-current=true]")).to_contain_text(name)
        wait_for_params(page, {**asked, "step": player.get_attribute("data-step") or ""})
        page.keyboard.press("Home")


def test_back_undoes_one_change_of_the_hooks_at_a_time(open_page: OpenPage):
    page = open_page(hook="observe,double", at="conv1,")
    go_to(page, "Graph")
    page.get_by_role("button", name="Remove hook 1").click()
    wait_for_params(page, {"hook": "double"})
    add_hook(page, 2, at="fc1", does="raise")
    wait_for_params(page, {"hook": "double,raise", "at": ",fc1"})
    for path, wanted, count in (
        ("/graph", {"hook": "double"}, 1),
        ("/graph", {"hook": "observe,double", "at": "conv1,"}, 2),
        ("/", {"hook": "observe,double", "at": "conv1,"}, 2),
    ):
        page.go_back()
        page.wait_for_function("path => location.pathname === path", arg=path)
        wait_for_params(page, wanted)
        expect(page.get_by_role("button", name="Remove hook")).to_have_count(count)
        settle(page)
        expect(page.get_by_test_id("stAlert")).to_have_count(0)


def test_another_model_drops_the_hooks_that_have_no_place_in_it(open_page: OpenPage):
    page = open_page(hook="observe,double", at="fc1,")
    choose(page, "Model", "resnet18")
    expect(page.get_by_test_id("stAlert").first).to_contain_text("resnet18 has no module fc1")
    wait_for_params(page, {"model": "resnet18", "hook": "double"})
    expect(sidebar(page).get_by_role("button", name="Remove hook 1")).to_be_visible()


FAILURES = {
    "a hook raises": ({"hook": "raise", "at": "conv1"}, "RuntimeError in fail#1", "which ended the call"),
    "a pre-hook of the wrong form": (
        {"hook": "forward_pre:with_kwargs:zero"},
        "forward pre-hook must return None or a tuple of",
        "not of the form (args, kwargs): torch raised",
    ),
    "forward raises before an always-called hook": (
        {"size": "32", "hook": "always_call:observe"},
        "RuntimeError in CNN.forward",
        "in spite of an exception on its way",
    ),
    "an always-called hook raises as well": (
        {"size": "32", "hook": "always_call:raise"},
        "RuntimeError in CNN.forward",
        "which became a warning, since another exception was on its way",
    ),
}


@pytest.mark.parametrize("name", FAILURES)
def test_failures_are_shown_as_they_happened(open_page: OpenPage, name: str):
    asked, error, note = FAILURES[name]
    page = open_page(**asked)
    expect(headline(page).get_by_test_id("stAlert")).to_contain_text(error)
    expect(headline(page)).to_contain_text(note)
    player = page.locator(PLAYER)
    expect(player).to_be_visible()
    expect(hook_runs(page)).to_have_text([f"1 {asked.get('at') or 'outermost'}"])
    player.get_by_role("button", name="Where it raised").click()
    expect(player.locator(".narration")).to_contain_text("The call ends without a result.")
    for link in ("Graph", "Dropout"):
        go_to(page, link)
        wait_for_params(page, asked)
        expect(page.get_by_test_id("stException")).to_have_count(0)


def test_eight_hooks_differ_and_the_row_of_runs_shows_that_it_goes_on(open_page: OpenPage):
    """By hand: three kinds, and one line too long for the sidebar."""
    page = open_page(
        model="cnn",
        hook="forward_pre:observe,prepend:with_kwargs:double,observe,observe,forward_pre:observe,observe,observe,observe",
        at="conv1,conv1,pool,fc1,fc1,fc2,,",
    )
    expect(page.get_by_role("button", name="Remove hook 8")).to_be_attached()
    lines = page.locator("[class*=st-key-hook-line-]").all()
    texts = [line.locator("p").first.bounding_box() for line in lines]
    for above, below in pairwise(texts):
        assert above is not None
        assert below is not None
        assert below["y"] - (above["y"] + above["height"]) >= 3
    heights = [line.evaluate("line => line.getBoundingClientRect().height") for line in lines]
    assert sum(heights) <= 8 * 30
    row = page.locator(".st-key-hook-order")
    assert row.evaluate("row => row.scrollWidth > row.clientWidth && getComputedStyle(row).maskImage !== 'none'")
    row.evaluate("row => row.scrollTo(row.scrollWidth, 0)")
    last, frame = hook_runs(page).last.bounding_box(), row.bounding_box()
    assert last is not None
    assert frame is not None
    assert last["x"] + last["width"] <= frame["x"] + frame["width"] - 40  # clear of the fading edge
