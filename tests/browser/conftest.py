"""One server and two browsers for all tests of a worker; a page that fails its test when the console complains."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    BrowserType,
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
def chromium() -> Iterator[BrowserType]:
    with sync_playwright() as playwright:
        yield playwright.chromium


@pytest.fixture(scope="session")
def executable() -> str:
    found = chrome.find()
    if found is None:
        pytest.fail(f"No browser: install Chrome or Chromium, or name one in {chrome.VARIABLE}.")
    return found


@pytest.fixture(scope="session")
def browser(chromium: BrowserType, executable: str) -> Iterator[Browser]:
    """A browser whose contexts share nothing: each has a cache and a storage of its own."""
    running = chromium.launch(executable_path=executable, args=chrome.arguments())
    yield running
    running.close()


@pytest.fixture(scope="session")
def profile(chromium: BrowserType, executable: str) -> Iterator[BrowserContext]:
    """A browser that keeps Streamlit's scripts, compiled, from page to page: a page then takes a quarter less time."""
    with tempfile.TemporaryDirectory(prefix="profile") as folder:
        context = chromium.launch_persistent_context(folder, executable_path=executable, args=chrome.arguments())
        yield context
        context.close()


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
def open_page(browser: Browser, profile: BrowserContext, address: str) -> Iterator[OpenPage]:
    """Opens a path of the app: open_page("/graph", model="cnn", dark=True, ...).

    The first page of a test is in the browser that keeps scripts, where nothing else is left from test to test. Each
    further one is in a browser of its own, as another reader's would be.
    """
    pages: list[Page] = []
    watches: list[Watch] = []

    def open_(path: str = "/", *, width: int = 1280, height: int = 720, dark: bool = False, **params: str) -> Page:
        page = (browser.new_context() if pages else profile).new_page()
        pages.append(page)
        page.set_default_timeout(patience.MILLISECONDS)
        page.set_viewport_size({"width": width, "height": height})
        page.emulate_media(color_scheme="dark" if dark else "light")
        watches.append(Watch(page))
        query = "&".join(f"{name}={value}" for name, value in params.items())
        page.goto(f"{address}{path}{'?' + query if query else ''}")
        settle(page)
        return page

    yield open_
    if pages:
        forget(pages[0], address)
        pages[0].close()
    for page in pages[1:]:
        page.context.close()
    faults = [fault for watch in watches for fault in watch.faults]
    assert not faults, "\n".join(faults)


def forget(page: Page, address: str) -> None:
    """Empty what the app has stored in this page's browser; its cache of files stays."""
    tools = page.context.new_cdp_session(page)
    stored = "cookies,local_storage,indexeddb,service_workers,cache_storage"
    tools.send("Storage.clearDataForOrigin", {"origin": address, "storageTypes": stored})


@pytest.fixture
def page(open_page: OpenPage) -> Page:
    """The first page, as a new reader sees it."""
    return open_page("/")
