"""The list of pages: each has its folder, and none knows another's."""

from __future__ import annotations

import ast
from importlib import import_module
from pathlib import Path

import pytest

import explorer.ui.pages
from explorer.experiment.settings import SETTINGS
from explorer.ui.shell.pages import PAGE_PARAMETERS, PAGES, POSITIONS, page_at

FOLDER = Path(explorer.ui.pages.__path__[0])


def test_every_folder_is_a_page_and_every_page_a_folder():
    folders = {path.name for path in FOLDER.iterdir() if path.is_dir() and not path.name.startswith("_")}
    assert folders == {page.folder for page in PAGES}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.title)
def test_a_page_can_be_drawn_and_found_by_its_address(page):
    assert callable(import_module(f"explorer.ui.pages.{page.folder}.page").draw_page)
    assert page_at(page.url_path) is page
    assert page.unused.names <= {setting.name for setting in SETTINGS}
    assert bool(page.unused.names) == bool(page.unused.why)


def test_the_first_page_stands_at_the_bare_address():
    assert page_at("") is PAGES[0]


def test_no_two_pages_share_a_parameter():
    assert len(set(PAGE_PARAMETERS)) == len(PAGE_PARAMETERS)
    assert set(POSITIONS) <= set(PAGE_PARAMETERS)


@pytest.mark.parametrize("module", sorted(FOLDER.rglob("*.py")), ids=lambda path: str(path.relative_to(FOLDER)))
def test_no_page_imports_from_another_pages_folder(module):
    folder = module.relative_to(FOLDER).parts[0]
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        name = node.module or "" if isinstance(node, ast.ImportFrom) else ""
        if name.startswith("explorer.ui.pages."):
            assert name.split(".")[3] == folder


def test_the_shell_imports_no_page():
    shell = FOLDER.parent / "shell"
    assert not [path.name for path in shell.rglob("*.py") if "from explorer.ui.pages" in path.read_text("utf-8")]
