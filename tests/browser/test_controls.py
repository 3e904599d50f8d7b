"""Every control changes what it says it changes: the URL, and the run that the page shows."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from explorer import Experiment, Hook, observe
from explorer.ui.pages.call_path.headline import headline as sentence
from tests.browser.actions import (
    PLAYER,
    add_hook,
    choose,
    enter,
    go_to,
    headline,
    params,
    press,
    settle,
    sidebar,
    snippet,
    wait_for_params,
)

Act = Callable[[Page], None]


def shown(experiment: Experiment) -> str:
    """The headline of that run as plain text, from a run of our own."""
    return re.sub(r"[`*\\]", "", sentence(observe(experiment)))


def expect_run(page: Page, experiment: Experiment, setting: str) -> None:
    """The page shows this run, and its address and its Python say so."""
    wait_for_params(page, experiment.to_params())
    expect(headline(page)).to_contain_text(shown(experiment))
    expect(snippet(page)).to_contain_text(setting)


CONTROLS: dict[str, tuple[Act, dict[str, str], str]] = {
    "model": (lambda page: choose(page, "Model", "feedforward"), {"model": "feedforward"}, "model='feedforward'"),
    "call": (lambda page: press(page, "Called as", "forward"), {"call": "forward"}, "call='forward'"),
    "mode": (lambda page: press(page, "Mode", "eval"), {"mode": "eval"}, "training=False"),
    "grad": (
        lambda page: press(page, "Grad mode", "inference_mode"),
        {"grad": "inference_mode"},
        "grad='inference_mode'",
    ),
    "hook": (lambda page: add_hook(page, 1, does="return twice"), {"hook": "double"}, "action='double'"),
    "seed": (lambda page: enter(page, "Seed", "7"), {"seed": "7"}, "seed=7"),
    "batch": (lambda page: enter(page, "Batch size", "49"), {"batch": "49"}, "batch=49"),
    "size": (lambda page: enter(page, "Image size", "32"), {"size": "32"}, "size=32"),
}


@pytest.mark.parametrize("control", CONTROLS)
def test_each_control_changes_the_url_and_the_run(page: Page, control: str):
    act, wanted, setting = CONTROLS[control]
    act(page)
    expect_run(page, Experiment.from_params(wanted)[0], setting)


def test_a_hook_on_a_named_submodule(page: Page):
    add_hook(page, 1, at="conv2")
    expect_run(page, Experiment.from_params({"hook": "observe", "at": "conv2"})[0], "at='conv2'")


def test_dropout_p(open_page: Callable[..., Page]):
    page = open_page(model="dropout")
    enter(page, "Dropout p", "0.2")
    expect_run(page, Experiment(model="dropout", p=0.2), "p=0.2")


def test_back_to_the_defaults_leaves_a_bare_url(page: Page):
    press(page, "Mode", "eval")
    wait_for_params(page, {"mode": "eval"})
    press(page, "Mode", "train")
    wait_for_params(page, {})


def test_parameters_go_along_from_page_to_page(open_page: Callable[..., Page]):
    wanted = {"model": "batchnorm", "mode": "eval", "batch": "3", "hook": "observe,is_global:double", "at": "conv,"}
    page = open_page(**wanted)
    for name in ("Graph", "Dropout", "Call path"):
        go_to(page, name)
        wait_for_params(page, wanted)


def test_parameters_go_along_when_pages_are_left_before_they_are_drawn(open_page: Callable[..., Page]):
    wanted = {"model": "batchnorm", "mode": "eval", "batch": "3", "hook": "observe", "at": "conv"}
    page = open_page(**wanted)
    for name in ("Graph", "Dropout", "Call path", "Graph", "Call path"):
        page.get_by_role("link", name=name, exact=True).click()
    wait_for_params(page, wanted)
    expect(headline(page)).to_contain_text(shown(Experiment.from_params(wanted)[0]))


def test_the_back_button_brings_back_the_run(page: Page):
    press(page, "Mode", "eval")
    wait_for_params(page, {"mode": "eval"})
    go_to(page, "Graph")
    press(page, "Grad mode", "no_grad")
    wait_for_params(page, {"mode": "eval", "grad": "no_grad"})
    settle(page)
    page.go_back()  # undoes the grad mode
    wait_for_params(page, {"mode": "eval"})
    settle(page)
    page.go_back()
    expect(headline(page)).to_contain_text(shown(Experiment(training=False)))
    wait_for_params(page, {"mode": "eval"})


def test_another_model_says_what_it_cannot_keep(open_page: Callable[..., Page]):
    page = open_page(batch="49", size="64")
    choose(page, "Model", "resnet18")
    expect(page.get_by_test_id("stAlert").first).to_contain_text("batch")
    wait_for_params(page, {"model": "resnet18"})
    page.get_by_role("button", name="Dismiss").click()
    expect(page.get_by_role("button", name="Dismiss")).to_have_count(0)


@pytest.mark.parametrize("path", ["/", "/graph", "/dropout"])
def test_nonsense_in_the_url_gives_the_default_and_says_so(open_page: Callable[..., Page], path: str):
    page = open_page(path, model="gpt", seed="-1", batch="1e9", p="<script>", grad="%00")
    alert = page.get_by_test_id("stAlert").first
    for word in ("gpt", "-1", "1e9", "script"):
        expect(alert).to_contain_text(word)
    wait_for_params(page, {})
    assert urlsplit(page.url).path == path, "the page that was asked for stays"
    title = {"/": "What happens", "/graph": "The graph", "/dropout": "The same call"}[path]
    expect(page.get_by_role("heading", level=1)).to_contain_text(title)


def test_a_step_beyond_the_run_is_nonsense_too(open_page: Callable[..., Page]):
    page = open_page(step="100000")
    expect(page.get_by_test_id("stAlert").first).to_contain_text("100000")
    wait_for_params(page, {})


def test_a_page_of_its_own_parameter_too(open_page: Callable[..., Page]):
    page = open_page("/graph", depth="sea")
    expect(page.get_by_test_id("stAlert").first).to_contain_text("sea")
    assert params(page) == {}


def test_controls_without_a_meaning_are_shut(open_page: Callable[..., Page]):
    page = open_page(model="function")
    for label in ("Batch size", "Image size", "Dropout p"):
        expect(sidebar(page).get_by_role("spinbutton", name=label)).to_be_disabled()
    expect(sidebar(page).get_by_role("button", name="Add a hook")).to_be_disabled()
    for label in ("Inputs by name", "Then backward()"):
        expect(sidebar(page).get_by_role("checkbox", name=label)).to_be_disabled()


def test_the_record_downloads_as_json(page: Page):
    with page.expect_download() as pending:
        page.get_by_role("button", name="Save the record as JSON").click()
    record = json.loads(pending.value.path().read_text())
    assert record["title"] == "CNN"
    assert len(record["trace"]["steps"]) == len(observe(Experiment()).trace.steps)


def test_controls_that_change_nothing_on_a_page_are_grey_there_and_keep_what_they_say(open_page: Callable[..., Page]):
    asked = {"mode": "eval", "grad": "no_grad", "hook": "double", "seed": "7"}
    page = open_page("/questions", **asked)
    controls = sidebar(page).locator("input:visible, [role=radio]:visible, button:visible")
    changing = controls.and_(page.locator(":not([aria-label^='Help for'], [data-testid=stBaseButton-headerNoPadding])"))
    expect(changing.and_(page.locator(":enabled:not([aria-disabled=true])"))).to_have_count(0)
    expect(sidebar(page).get_by_text("Each question has a run of its own")).to_be_visible()
    page.get_by_role("link", name="Dropout").click()
    expect(sidebar(page).get_by_role("radiogroup", name="Mode").get_by_role("radio").first).to_be_disabled()
    expect(sidebar(page).get_by_role("radiogroup", name="Grad mode").get_by_role("radio").first).to_be_enabled()
    page.get_by_role("link", name="Call path").click()
    expect(sidebar(page).get_by_role("radiogroup", name="Mode").get_by_role("radio").first).to_be_enabled()
    expect_run(page, Experiment(training=False, grad="no_grad", seed=7, hooks=(Hook(action="double"),)), "seed=7")


@pytest.mark.parametrize(
    ("asked", "nearest"),
    [
        ({"model": "resnet"}, "'resnet' is not one; the nearest is resnet18."),
        (
            dict.fromkeys(("model", "call", "mode", "grad", "hook", "at", "seed", "batch", "size", "p", "via"), "zz"),
            "'zz' is not one. They are function, simple, example, dropout,",
        ),
    ],
    ids=["one", "all"],
)
def test_a_notice_leaves_the_page_in_view(open_page: Callable[..., Page], asked: dict[str, str], nearest: str):
    page = open_page("/", **asked)
    notice = page.get_by_test_id("stAlertContainer")
    expect(notice).to_contain_text(nearest)
    player = page.locator(PLAYER).bounding_box()
    box = notice.bounding_box()
    assert box is not None
    assert player is not None
    assert box["height"] <= 72
    assert player["y"] + player["height"] <= 720


def test_the_digit_that_goes_in(open_page: Callable[..., Page]):
    page = open_page(model="digits")
    expect_run(page, Experiment(model="digits"), "model='digits'")
    choose(page, "Digit", "4-hard")
    expect_run(page, Experiment(model="digits", digit="4-hard"), "digit='4-hard'")
    expect(sidebar(page)).to_contain_text("A 4, written by hand. In eval mode class 9 scores highest, ")
    press(page, "Mode", "train")
    expect_run(page, Experiment(model="digits", digit="4-hard", training=True), "training=True")
    press(page, "Mode", "eval")
    expect_run(page, Experiment(model="digits", digit="4-hard"), "digit='4-hard'")
