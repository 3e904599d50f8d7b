"""Take the README's pictures anew: each page, small and large, light and dark.

python -m tools.screenshots [folder]
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Literal

from playwright.sync_api import Page, sync_playwright

from tools import browser as chrome
from tools.serve import ROOT, serve

FOLDER = ROOT / "docs" / "pictures"
SIZES = ((1280, 720), (1920, 1080))
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
PAGES = {
    "call-path": "/?step=15",
    "graph": "/graph?model=resnet18",
    "compare": "/compare?with=call%3Dforward",
    "dropout": "/dropout?model=dropout",
    "map": "/map",
    "questions": "/questions",
}
PATIENCE = 60_000  # milliseconds


def main() -> int:
    executable = chrome.find()
    if executable is None:
        print("No browser was found: python -m tools.browser --install", file=sys.stderr)
        return 1
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    with serve() as address, sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=executable, args=chrome.arguments())
        for width, height in SIZES:
            for scheme in SCHEMES:
                context = running.new_context(viewport={"width": width, "height": height}, color_scheme=scheme)
                page = context.new_page()
                page.set_default_timeout(PATIENCE)
                for name, path in PAGES.items():
                    page.goto(address + path)
                    wait_until_drawn(page)
                    file = folder / f"{name}-{width}x{height}-{scheme}.png"
                    page.screenshot(path=file, animations="disabled")
                    print(file)
                context.close()
        running.close()
    return 0


def wait_until_drawn(page: Page) -> None:
    """The script rests, nothing is loading, and the fonts are there."""
    page.locator("[data-testid=stMain] h1").first.wait_for()
    page.locator("[data-testid=stApp][data-test-script-state=notRunning]").wait_for(state="attached")
    for loading in ("stSkeleton", "stSpinner"):
        page.wait_for_function(f"() => !document.querySelector('[data-testid={loading}]')")
    page.wait_for_load_state("networkidle")
    page.evaluate("() => document.fonts.ready.then(() => true)")


if __name__ == "__main__":
    sys.exit(main())
