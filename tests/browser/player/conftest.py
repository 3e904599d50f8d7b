"""The player in a browser: saved as a file for most tests, on a Streamlit page for those about the page."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from explorer.record import Observation
from explorer.ui.player.export import export_html
from tools.serve import ROOT, serve

OpenFile = Callable[..., Page]


@pytest.fixture
def open_file(browser: Browser, tmp_path: Path) -> Iterator[OpenFile]:
    """Saves an observation as HTML and opens the file; fails the test if it complains or asks for anything else."""
    faults: list[str] = []
    contexts = []

    def open_(observation: Observation, *, step: int = 0, theme: str = "light", width: int = 1280, height: int = 720,
              clock: bool = False) -> Page:  # fmt: skip
        file = tmp_path / f"{len(contexts)}.html"
        file.write_text(export_html(observation, theme=theme), encoding="utf-8")  # type: ignore[arg-type]
        context = browser.new_context(viewport={"width": width, "height": height}, reduced_motion="reduce")
        contexts.append(context)
        page = context.new_page()
        if clock:
            page.clock.install(time=0)
        page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on(
            "request",
            lambda request: None if request.url.startswith(("file:", "data:")) else faults.append(request.url),
        )
        page.goto(f"{file.as_uri()}#step={step}")
        page.locator(".player[data-ready=true]").wait_for()
        if clock:
            page.clock.pause_at(3_600_000)  # from here on time passes only when the test says so
        return page

    yield open_
    for context in contexts:
        context.close()
    assert not faults, faults


@pytest.fixture(scope="session")
def host() -> Iterator[str]:
    """The address of a Streamlit server that runs `host.py`."""
    with serve(script=Path(__file__).with_name("host.py"), pythonpath=ROOT) as address:
        yield address
