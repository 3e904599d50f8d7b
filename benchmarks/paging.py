"""A page of the app in a real browser, for as long as a `with` block lasts."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Locator, Page, sync_playwright

from tools import browser as chrome
from tools.serve import serve

HERE = Path(__file__).parent
PATIENCE = 60_000  # milliseconds


@contextmanager
def app_in_a_browser(executable: str) -> Iterator[tuple[Browser, str]]:
    """The running browser, and the address of the running app."""
    with serve() as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=chrome.arguments())
        yield browser, address
        browser.close()


def new_page(browser: Browser) -> Page:
    page = browser.new_page(viewport={"width": 1280, "height": 720})
    page.set_default_timeout(PATIENCE)
    return page


def player(page: Page) -> Locator:
    """The player, once it shows a run and the page's script rests."""
    found = page.locator(".player[data-ready=true]")
    found.wait_for()
    page.locator("[data-testid=stApp][data-test-script-state=notRunning]").wait_for(state="attached")
    return found


def script(name: str) -> str:
    """One of the functions that run in the page."""
    return (HERE / name).read_text(encoding="utf-8")
