"""What the tests read from a player on a page."""

from __future__ import annotations

from playwright.sync_api import Page


def step(page: Page) -> int:
    return int(page.locator(".player").first.get_attribute("data-step") or -1)


def press(page: Page, *keys: str) -> int:
    """Press keys, and give the step the player is at."""
    for key in keys:
        page.keyboard.press(key)
    return step(page)


def do(page: Page, name: str) -> int:
    """Press one of the player's own buttons."""
    page.locator(f"[data-do={name}]").click()
    return step(page)


def level(page: Page, number: int) -> None:
    page.locator(f"button[data-level='{number}']").click()


def marks(page: Page) -> dict[int, str]:
    """Line number → word in the gutter, for the lines that have one."""
    rows = page.locator(".shown .line[data-mark]").evaluate_all(
        "rows => rows.map(row => [Number(row.dataset.line), row.querySelector('.word').textContent])"
    )
    return {line: word.split(" ", 1)[1] for line, word in rows if word}


def changed(page: Page) -> dict[str, str]:
    """Name → word, for the values that a step changed."""
    found = page.locator(".entry[data-kind]").evaluate_all(
        "all => all.map(one => [one.dataset.name, one.dataset.kind])"
    )
    return dict(found)


def effects(page: Page) -> dict[str, list[str]]:
    """Heading of each part of the values that tells of changes → the names that changed."""
    found = page.locator(".part.fresh").evaluate_all(
        "all => all.map(one => [one.querySelector('h4').textContent,"
        " [...one.querySelectorAll('.entry')].map(each => each.dataset.name)])"
    )
    return dict(found)


def lit(page: Page) -> set[str]:
    """Keys of what runs in the river."""
    return set(page.locator(".river [data-lit]").evaluate_all("all => all.map(one => one.dataset.key)"))


def jump(page: Page, to: int) -> None:
    """Go to a step of a saved file by its address."""
    page.evaluate("step => { location.hash = ''; location.hash = `#step=${step}` }", to)
    page.locator(f".player[data-step='{to}']").wait_for()
