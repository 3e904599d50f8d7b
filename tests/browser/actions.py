"""What a reader does on the page, and how a test waits for what follows. No fixed sleeps."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlsplit

from playwright.sync_api import Locator, Page, expect

PLAYER = ".player[data-ready=true]"


def settle(page: Page) -> None:
    """Wait until the page has drawn and its script rests, or is at a long study, which a reader may leave.

    Streamlit draws a title before it has loaded what applies the page's style sheet, which moves everything, and runs
    the script that keeps the history.
    """
    expect(page.locator(".stHtml style").first).to_be_attached()
    page.wait_for_function("() => window[Symbol.for('inside-model-history')]")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    rests = page.locator("[data-testid=stApp][data-test-script-state=notRunning]")
    studies = page.get_by_role("progressbar")
    expect(rests.or_(studies).first).to_be_attached()


def params(page: Page) -> dict[str, str]:
    """The parameters in the address bar."""
    return dict(parse_qsl(urlsplit(page.url).query))


def wait_for_params(page: Page, wanted: dict[str, str]) -> None:
    """Wait until the address bar holds these parameters and no others."""
    page.wait_for_function(
        "wanted => JSON.stringify([...new URLSearchParams(location.search)].sort()) === JSON.stringify(wanted)",
        arg=sorted([name, value] for name, value in wanted.items()),
    )


def sidebar(page: Page) -> Locator:
    return page.get_by_test_id("stSidebar")


def choose(page: Page, label: str, option: str) -> None:
    """Pick from a select box; typing brings what lies further down its list into view."""
    box = sidebar(page).get_by_role("combobox", name=label)
    box.click()
    box.fill(option)
    page.get_by_role("option", name=option, exact=True).click()


def press(page: Page, group: str, option: str) -> None:
    """Press one of a row of buttons, or of a radio's options."""
    sidebar(page).get_by_role("radiogroup", name=group).get_by_text(option, exact=True).click()


def add_hook(page: Page, number: int, *options: str, **chosen: str) -> None:
    """Fill the form and register; `chosen` says Kind, at and does, as the form's options have them."""
    page.get_by_role("button", name="Add a hook").click()
    labels = {"kind": "Kind", "at": "Registered on", "does": "What it does"}
    for name, option in chosen.items():
        page.get_by_role("combobox", name=labels[name]).click()
        page.get_by_role("option", name=option, exact=True).click()
        settle(page)
    for option in options:
        page.get_by_test_id("stPopoverBody").get_by_text(option, exact=True).click()
        settle(page)
    page.get_by_role("button", name=f"Register as hook {number}").click()
    expect(page.get_by_role("button", name=f"Remove hook {number}")).to_be_visible()


def hook_runs(page: Page) -> Locator:
    """A button for each run of a hook, in the order in which the page shows them: "2 conv1"."""
    return page.locator(".st-key-hook-order").get_by_role("button")


def enter(page: Page, label: str, number: str) -> None:
    """Type a number and leave the field."""
    field = sidebar(page).get_by_role("spinbutton", name=label)
    field.fill(number)
    field.press("Enter")


def headline(page: Page) -> Locator:
    """The measured sentence above the player."""
    return page.locator(".st-key-head")


def snippet(page: Page) -> Locator:
    """The Python that repeats the run; it names every setting that is not the default."""
    return page.get_by_test_id("stCode").filter(has_text="observe(")


def position(page: Page) -> int:
    """The number of the step that the player stands on, 1 for the first of its detail level."""
    return int(page.locator(f"{PLAYER} .position").inner_text())
