"""Find the browser that the tests and the screenshots drive, or install one.

python -m tools.browser            prints the executable, or fails
python -m tools.browser --install  installs one first where none is found
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

VARIABLE = "CHROME"  # names the executable where the reader wants a particular one
NAMES = ("google-chrome", "google-chrome-stable", "chromium", "chromium-browser", "chrome", "microsoft-edge")
MAC = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)
# A root user has no sandbox to give; the rest keeps a headless browser quiet and alike on every machine.
ARGUMENTS = ("--disable-gpu", "--disable-background-networking", "--disable-component-update", "--no-first-run")


def find() -> str | None:
    """The executable of a Chrome or Chromium: the one named by CHROME, an installed one, or Playwright's own."""
    if named := os.environ.get(VARIABLE):
        return shutil.which(named)
    for name in NAMES:
        if path := shutil.which(name):
            return path
    for path in (*MAC, _playwrights_own()):
        if path and Path(path).exists():
            return path
    return None


def arguments() -> list[str]:
    """The command-line arguments to start it with."""
    as_root = hasattr(os, "geteuid") and os.geteuid() == 0
    return [*ARGUMENTS, "--no-sandbox"] if as_root else list(ARGUMENTS)


def install() -> None:
    """Install Debian's chromium where this user may, and Playwright's own otherwise."""
    if not (_apt() and find()):
        subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"], check=True)


def _apt() -> bool:
    if not shutil.which("apt-get"):
        return False
    prefix: list[str] = []
    if os.geteuid() != 0:
        if not shutil.which("sudo"):
            return False
        prefix = ["sudo", "-n"]
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    commands = (["apt-get", "update", "-q"], ["apt-get", "install", "-y", "-q", "chromium"])
    return all(subprocess.run([*prefix, *c], env=environment, check=False).returncode == 0 for c in commands)


def _playwrights_own() -> str | None:
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        return None
    with sync_playwright() as playwright:
        return playwright.chromium.executable_path


def main() -> int:
    if find() is None and "--install" in sys.argv[1:]:
        install()
    found = find()
    if found is None:
        print(f"No Chrome or Chromium was found. Install one, or name it: {VARIABLE}=/path/to/chrome", file=sys.stderr)
        return 1
    print(found)
    return 0


if __name__ == "__main__":
    sys.exit(main())
