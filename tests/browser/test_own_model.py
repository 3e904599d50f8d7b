"""A server that was started with a model of the reader's own, as its reader sees it; and one whose model is broken."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.actions import PLAYER, choose, headline, press, settle, sidebar, snippet, wait_for_params
from tools.serve import serve

NET = """\
import torch
from torch import nn


class Doubler(nn.Module):
    def forward(self, x):
        return 2 * x  # a line of the reader's own


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(6, 3)
        self.drop = nn.Dropout(0.5)
        self.twice = Doubler()

    def forward(self, x):
        hidden = self.drop(self.fc(x))
        return self.twice(hidden)


def make():
    return Net()


def broken():
    return Net().to("no such device")
"""
INPUT = ("--input", "2x6")

OpenPage = Callable[..., Page]


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a package `mine_on_page`, which is not installed."""
    folder = tmp_path_factory.mktemp("own")
    (folder / "mine_on_page").mkdir()
    (folder / "mine_on_page" / "__init__.py").touch()
    (folder / "mine_on_page" / "net.py").write_text(NET, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def address(package: Path) -> Iterator[str]:
    """In place of the server of the other tests."""
    with serve("--model", "mine_on_page.net:make", *INPUT, pythonpath=package) as where:
        yield where


def test_it_opens_on_every_page(open_page: OpenPage):
    """The fixture fails this test where the console complains."""
    page = open_page(model="own")
    paths = page.locator("header a").evaluate_all("links => links.map(link => new URL(link.href).pathname)")
    assert {"/graph", "/dropout"} < set(paths)
    for path in paths:
        page = open_page(path, model="own")
        expect(sidebar(page).get_by_role("combobox", name="Model")).to_have_value("own")
        expect(page.get_by_text("This page could not be drawn")).to_have_count(0)
        expect(page.get_by_test_id("stException")).to_have_count(0)
        expect(page.get_by_test_id("stAlert")).to_have_count(0)


def test_its_lines_are_walked_through_and_its_source_is_shown(open_page: OpenPage):
    page = open_page("/")
    expect(headline(page)).to_contain_text("model(x) on Net returned float32 [2, 3]")
    expect(page.get_by_test_id("stCode").filter(has_text="class Doubler")).to_contain_text("def make():")
    expect(snippet(page).or_(page.get_by_test_id("stCode").filter(has_text="observe_call(model, x)"))).to_be_visible()
    page.locator(f"{PLAYER} .position").wait_for()
    lines = page.locator(f"{PLAYER} .code")
    for _ in range(200):
        if "a line of the reader's own" in lines.filter(visible=True).first.inner_text():
            break
        page.keyboard.press("ArrowRight")
    expect(lines.filter(visible=True).first).to_contain_text("return 2 * x  # a line of the reader's own")
    expect(page.locator(PLAYER)).to_contain_text("net.py")


def test_a_link_names_the_others_and_a_bare_address_is_the_own_one(open_page: OpenPage):
    page = open_page("/")
    choose(page, "Model", "cnn")
    wait_for_params(page, {"model": "cnn"})
    settle(page)
    expect(headline(page)).to_contain_text("on CNN returned")
    choose(page, "Model", "own")
    wait_for_params(page, {})
    press(page, "Mode", "eval")
    wait_for_params(page, {"mode": "eval"})
    page.reload()
    settle(page)
    expect(headline(page)).to_contain_text("on Net returned")


@pytest.mark.parametrize("text", ["os:system", "mine_on_page.net:broken", "mine_on_page.net"])
def test_an_address_reaches_no_code(open_page: OpenPage, text: str):
    page = open_page("/", model=text)
    expect(page.get_by_test_id("stAlert")).to_contain_text(f"{text!r} is not one. They are own, function,")
    expect(page.get_by_test_id("stAlert")).to_contain_text("Used instead: own.")
    expect(headline(page)).to_contain_text("on Net returned")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--model", "mine_on_page.net:make", "--input", "2by6"), "--input '2by6' is no shape. Write it as 1x3x28x28"),
        (("--model", "mine_on_page.net:make"), "Write streamlit run app.py -- --model package.module:factory --input"),
        (("--modell", "x"), "Write streamlit run app.py -- --model package.module:factory --input"),
        (("--model", "mine_on_page.net:broken", *INPUT), "mine_on_page.net:broken, called with no arguments, raised"),
    ],
)
def test_what_cannot_be_used_is_told_in_a_sentence(browser, package: Path, arguments: tuple[str, ...], said: str):
    with serve(*arguments, pythonpath=package) as where:
        page = browser.new_page()
        page.goto(where)
        expect(page.get_by_test_id("stAlert")).to_contain_text(said)
        expect(page.get_by_text("Traceback")).to_have_count(0)
        if "broken" in said:
            line = NET.splitlines().index('    return Net().to("no such device")') + 1
            expect(page.get_by_test_id("stAlert")).to_contain_text(f"net.py, line {line})")
        page.close()
