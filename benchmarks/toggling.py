"""From a click in the sidebar to the changed page, for runs that were not asked for before."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

from playwright.sync_api import Browser, Page

from benchmarks.paging import new_page, player, script
from benchmarks.row import Row, Table
from explorer.catalog import ENTRIES

TURNS = 7
LIMIT = 300  # milliseconds
RESNET18_LIMIT = 1000
FIRST_SEED = 1000  # away from the defaults, which the server may have seen


def toggles(browser: Browser, address: str, *, turns: int = TURNS, keys: Sequence[str] = tuple(ENTRIES)) -> Table:
    """Train to eval, or back; without a mode, grad enabled to `no_grad`. A new seed each time, so never cached."""
    page = new_page(browser)
    page.goto(address)
    player(page)
    rows = []
    for key in keys:
        mode = "eval" if ENTRIES[key].training else "train"
        group, option = ("Mode", mode) if ENTRIES[key].kind == "module" else ("Grad mode", "no_grad")
        took = [_toggle(page, f"{address}/?model={key}&seed={FIRST_SEED + n}", group, option) for n in range(turns)]
        limit = RESNET18_LIMIT if key == "resnet18" else LIMIT
        middle = median(took)
        cells = (key, f"to {option}", f"{middle:.0f}", f"{max(took):.0f}")
        rows.append(Row(cells, f"< {limit} ms", f"{middle:.0f} ms", middle / limit))
    page.close()
    columns = ("entry", "click", "median, ms", f"longest of {turns}, ms")
    return Table("From a click to the changed page, in the browser", columns, tuple(rows))


def _toggle(page: Page, link: str, group: str, option: str) -> float:
    """Milliseconds from the click until the page shows the new run."""
    page.goto(link)
    player(page).evaluate(script("toggled.js"))
    sidebar = page.get_by_test_id("stSidebar")
    sidebar.get_by_role("radiogroup", name=group).get_by_text(option, exact=True).click()
    return float(page.evaluate("() => window.toggled"))
