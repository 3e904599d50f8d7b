"""Steps in the player by the arrow key, as a reader makes them."""

from __future__ import annotations

from statistics import median, quantiles

from playwright.sync_api import Browser

from benchmarks.paging import new_page, player, script
from benchmarks.row import Row, Table

STEPS = 1000
LIMIT = 16.0  # milliseconds: a frame at 60 Hz


def steps(browser: Browser, address: str, *, count: int = STEPS) -> Table:
    """Through one run."""
    return _steps(browser, f"{address}/?model=resnet18", "a ResNet-18", count)


def steps_of_two(browser: Browser, address: str, *, count: int = STEPS) -> Table:
    """Through two runs side by side."""
    return _steps(
        browser, f"{address}/compare?model=resnet18&with=mode%3Deval", "a ResNet-18 in train beside eval", count
    )


def _steps(browser: Browser, link: str, what: str, count: int) -> Table:
    """One key press each, until the page is laid out anew; and how often it spoke to the server meanwhile."""
    page = new_page(browser)
    sent: list[int] = []
    page.on("websocket", lambda socket: socket.on("framesent", lambda frame: sent.append(len(frame))))
    page.goto(link)
    shown = player(page)
    shown.locator("button[data-level='3']").click()
    position = shown.locator(".position")
    first = int(position.inner_text())
    shown.evaluate(script("stepped.js"))
    before = len(sent)
    for _ in range(count):
        page.keyboard.press("ArrowRight")
    took: list[float] = page.evaluate("() => window.steps")
    frames = len(sent) - before
    moved = int(position.inner_text()) - first
    page.close()
    if moved != count or len(took) != count:
        raise RuntimeError(f"{count} presses moved {moved} steps and measured {len(took)}.")
    middle, late = median(took), quantiles(took, n=20)[-1]
    rows = (
        Row(("median step", f"{middle:.2f} ms"), f"< {LIMIT:.0f} ms", f"{middle:.2f} ms", middle / LIMIT),
        Row(("95th percentile", f"{late:.2f} ms"), f"< {LIMIT:.0f} ms", f"{late:.2f} ms", late / LIMIT),
        Row(("longest", f"{max(took):.2f} ms")),
        Row(("messages to the server meanwhile", str(frames)), "0", str(frames), 2.0 if frames else 0.0),
    )
    title = f"{count:,} steps through {what}: from the arrow key to the page laid out"
    return Table(title, ("", "measured"), rows)
