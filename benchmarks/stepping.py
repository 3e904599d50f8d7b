"""Steps in the player by the arrow key, as a reader makes them."""

from __future__ import annotations

from statistics import median, quantiles

from playwright.sync_api import Browser

from benchmarks.paging import new_page, player
from benchmarks.row import Row, Table

STEPS = 1000
LIMIT = 16.0  # milliseconds: a frame at 60 Hz
MEASURES = "() => performance.getEntriesByName('player-step').map(entry => entry.duration)"


def steps(browser: Browser, address: str, *, count: int = STEPS) -> Table:
    """Every step of a ResNet-18, one key press each, and how often the page spoke to the server meanwhile."""
    page = new_page(browser)
    sent: list[int] = []
    page.on("websocket", lambda socket: socket.on("framesent", lambda frame: sent.append(len(frame))))
    page.goto(f"{address}/?model=resnet18")
    shown = player(page)
    shown.locator("button[data-level='3']").click()
    first = int(shown.get_attribute("data-position") or 0)
    page.evaluate("() => performance.clearMeasures('player-step')")
    before = len(sent)
    for _ in range(count):
        page.keyboard.press("ArrowRight")
    took: list[float] = page.evaluate(MEASURES)
    frames = len(sent) - before
    moved = int(shown.get_attribute("data-position") or 0) - first
    page.close()
    if moved != count or len(took) != count:
        raise RuntimeError(f"{count} presses moved {moved} steps and measured {len(took)}.")
    middle, late = median(took), quantiles(took, n=20)[-1]
    rows = (
        Row(("median step", f"{middle:.2f} ms"), f"< {LIMIT:.0f} ms", middle < LIMIT),
        Row(("95th percentile", f"{late:.2f} ms"), f"< {LIMIT:.0f} ms", late < LIMIT),
        Row(("longest", f"{max(took):.2f} ms")),
        Row(("messages to the server meanwhile", str(frames)), "0", frames == 0),
    )
    return Table(f"{count:,} steps through a ResNet-18 by the arrow key", ("", "measured"), rows)
