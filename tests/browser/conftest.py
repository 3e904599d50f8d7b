"""One server and one browser for all of these tests; a page that fails its test when the console complains."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Request,
    Response,
    expect,
    sync_playwright,
)

from tests.browser.actions import settle
from tests.helpers import patience
from tools import browser as chrome
from tools.serve import serve

expect.set_options(timeout=patience.MILLISECONDS)

# Streamlit asks below the page's own path first to find where the server is mounted, and is told no.
MOUNT_PROBE = re.compile(r"/[a-z-]+/_stcore/(health|host-config)$")

OpenPage = Callable[..., Page]


@pytest.fixture(scope="session")
def address() -> Iterator[str]:
    """Where the app is served."""
    with serve() as where:
        yield where


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    executable = chrome.find()
    if executable is None:
        pytest.fail(f"No browser: install Chrome or Chromium, or name one in {chrome.VARIABLE}.")
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=executable, args=chrome.arguments())
        yield running
        running.close()


class Watch:
    """Collects what a page should not do: complain in the console, raise, or ask another host."""

    def __init__(self, page: Page) -> None:
        self.faults: list[str] = []
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.faults.append(f"raised: {error}"))
        page.on("request", self._request)
        page.on("response", self._response)

    def _console(self, message: ConsoleMessage) -> None:
        if message.type == "error" and not MOUNT_PROBE.search(message.location.get("url", "")):
            self.faults.append(f"console: {message.text}")

    def _request(self, request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme in {"http", "https", "ws", "wss"} and parts.hostname != "127.0.0.1":
            self.faults.append(f"asked another host: {request.url}")

    def _response(self, response: Response) -> None:
        if response.status >= 400 and not MOUNT_PROBE.search(urlsplit(response.url).path):
            self.faults.append(f"{response.status}: {response.url}")


@pytest.fixture
def open_page(browser: Browser, address: str) -> Iterator[OpenPage]:
    """Opens a path of the app in a browser of its own: open_page("/graph", model="cnn", dark=True, ...)."""
    contexts: list[BrowserContext] = []
    watches: list[Watch] = []

    def open_(path: str = "/", *, width: int = 1280, height: int = 720, dark: bool = False, **params: str) -> Page:
        scheme = "dark" if dark else "light"
        context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme)
        context.set_default_timeout(patience.MILLISECONDS)
        contexts.append(context)
        page = context.new_page()
        watches.append(Watch(page))
        query = "&".join(f"{name}={value}" for name, value in params.items())
        page.goto(f"{address}{path}{'?' + query if query else ''}")
        settle(page)
        return page

    yield open_
    for context in contexts:
        context.close()
    faults = [fault for watch in watches for fault in watch.faults]
    assert not faults, "\n".join(faults)


@pytest.fixture
def page(open_page: OpenPage) -> Page:
    """The first page, as a new reader sees it."""
    return open_page("/")
