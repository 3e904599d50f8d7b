"""What a reader does on the page, and how a test waits for what follows. No fixed sleeps."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlsplit

from playwright.sync_api import Locator, Page, expect

PLAYER = ".player[data-ready=true]"
# The heading of each page by its address: the last page's stays until the script has come to the new one's.
HEADINGS = {
    "/": "What happens between the parentheses of model(x)?",
    "/graph": "The graph of this call",
    "/compare": "Two runs in step",
    "/dropout": "The same call, again and again",
    "/map": "The map of __call__",
    "/questions": "Questions that people asked",
}


def settle(page: Page) -> None:
    """Wait until the address's page has drawn and its script rests, or is at a long study, which a reader may leave.

    Never enough after a click that changes what is shown on the same page: the script may not have begun, and rests.
    Wait for what the click changes.

    Streamlit draws a title before it has loaded what applies the page's style sheet, which moves everything, and runs
    the script that keeps the history.
    """
    expect(page.locator(".stHtml style").first).to_be_attached()
    page.wait_for_function("() => window[Symbol.for('inside-model-history')]")
    heading = HEADINGS.get(urlsplit(page.url).path, "")
    expect(page.get_by_role("heading", level=1, name=heading, exact=True)).to_be_visible()
    rests = page.locator("[data-testid=stApp][data-test-script-state=notRunning]")
    studies = page.get_by_role("progressbar")
    expect(rests.or_(studies).first).to_be_attached()


def go_to(page: Page, name: str) -> None:
    """To another page of the app, by its link."""
    page.get_by_role("link", name=name, exact=True).click()
    path = "/" if name == "Call path" else f"/{name.lower()}"
    page.wait_for_function("path => location.pathname === path", arg=path)
    settle(page)


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
    """Fill the form and register, as fast as a reader can; `chosen` says kind, at and does, as the form has them."""
    page.get_by_role("button", name="Add a hook").click()
    labels = {"kind": "Kind", "at": "Registered on", "does": "What it does"}
    form = page.get_by_test_id("stPopoverBody")
    for name, option in chosen.items():
        box = form.get_by_role("combobox", name=labels[name])
        box.click()
        page.get_by_role("option", name=option, exact=True).click()
        expect(box).to_have_value(option)
    for option in options:
        form.get_by_text(option, exact=True).click()
        expect(form.get_by_role("checkbox", name=option)).to_be_checked()
    page.get_by_role("button", name=f"Register as hook {number}").click()
    expect(page.get_by_role("button", name=f"Remove hook {number}")).to_be_visible()
    line = page.locator(f".st-key-hook-line-{number}")
    for shown in (*chosen.values(), *options):
        expect(line).to_contain_text(shown.strip("()"))


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
