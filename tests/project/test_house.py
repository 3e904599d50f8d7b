"""The rules of the project's layout, read from its files: which folders there are, which room may import which, how
long a module is, and what no file names."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from tests.helpers import patience

ROOT = Path(__file__).resolve().parents[2]
MODULES = sorted((ROOT / "explorer").rglob("*.py"))
MOST_LINES = 250
PAGE_ONLY = ("streamlit", "plotly", "pandas")

# From the ground up. A room may import those before its own row and those of its row, never one after it.
FLOORS: tuple[tuple[str, ...], ...] = (
    ("wording",),
    ("runtime", "torch_source"),
    ("catalog",),
    ("experiment",),
    ("record", "presets"),
    ("capture",),
    ("reading", "drawing"),
    ("observe", "measure"),
    ("questions",),
    ("ui",),
)
FLOOR = {room: height for height, rooms in enumerate(FLOORS) for room in rooms}
# What a record says is read without running anything: readers know neither what records nor what calls again.
STRANGERS = {("reading", "capture"), ("drawing", "capture"), ("questions", "capture"), ("measure", "capture")}
STRANGERS |= {("drawing", "measure"), ("reading", "measure"), ("measure", "reading")}


def name_of(module: Path) -> str:
    return str(module.relative_to(ROOT))


@cache
def imports(module: Path) -> tuple[str, ...]:
    """Return the dotted name of everything that a module imports, wherever in it."""
    found: list[str] = []
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{name_of(module)} imports relatively: say the whole name."
            found += [node.module or "", *(f"{node.module}.{alias.name}" for alias in node.names)]
    return tuple(found)


def dotted(module: Path) -> str:
    """Return the name under which a module is imported; a package's `__init__.py` has the package's name."""
    return ".".join(module.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def room_of(dotted: str) -> str | None:
    parts = dotted.split(".")
    return parts[1] if parts[0] == "explorer" and len(parts) > 1 else None


def belongs_to_page(module: Path) -> bool:
    return "ui" in module.relative_to(ROOT / "explorer").parts


@pytest.mark.parametrize("module", MODULES, ids=name_of)
def test_arrows_point_one_way(module: Path):
    room = module.relative_to(ROOT / "explorer").with_suffix("").parts[0]
    if room == "__init__":  # the public face, above the core and below the page
        assert "ui" not in {room_of(name) for name in imports(module)}
        return
    assert room in FLOOR, f"A new room: give {room} its place in FLOORS."
    for target in {room_of(name) for name in imports(module)} & FLOOR.keys():
        assert FLOOR[target] <= FLOOR[room], f"{name_of(module)} imports explorer.{target}, which stands above it."
        assert (room, target) not in STRANGERS, f"{name_of(module)} imports explorer.{target}."


@pytest.mark.parametrize("module", MODULES, ids=name_of)
def test_only_the_page_imports_streamlit(module: Path):
    packages = {name.split(".")[0] for name in imports(module)}
    if not belongs_to_page(module):
        assert not packages & set(PAGE_ONLY)
    assert "altair" not in packages, "Charts are drawn with plotly."


ORDERED = ("torch", "streamlit", "torchviz", "graphviz", "plotly")
TOP_LEVEL = ("app.py", "explorer", "tests", "requirements.txt", ".streamlit")
MOST_LOOSE = 4  # modules that stand in explorer/ itself, `__init__.py` among them
NO_MIRROR = {"browser", "helpers", "data", "project", "web"}  # folders of tests/ that are about no room


def test_the_packages_and_names_that_were_ordered_are_there():
    required = (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    pinned = {line.partition("==")[0] for line in required}
    assert [package for package in ORDERED if package not in pinned] == []
    assert [name for name in TOP_LEVEL if not (ROOT / name).exists()] == []


def test_few_modules_stand_outside_a_room():
    loose = [module.name for module in MODULES if module.parent == ROOT / "explorer"]
    assert len(loose) <= MOST_LOOSE, loose
    assert len(FLOORS) <= 11


def test_every_package_says_what_it_holds():
    for folder in {module.parent for module in MODULES}:
        init = folder / "__init__.py"
        assert init.exists(), f"{name_of(folder)} has no __init__.py."
        assert ast.get_docstring(ast.parse(init.read_text(encoding="utf-8"))), f"{name_of(init)} says nothing."


def test_the_tests_mirror_the_rooms():
    folders = {test.parent.relative_to(ROOT / "tests") for test in (ROOT / "tests").rglob("test_*.py")}
    about_a_room = [folder for folder in folders if folder.parts and folder.parts[0] not in NO_MIRROR]
    assert about_a_room
    assert [str(folder) for folder in about_a_room if not (ROOT / "explorer" / folder).is_dir()] == []


@pytest.mark.slow
def test_the_core_works_where_streamlit_is_not_installed():
    core = [dotted(module) for module in MODULES if not belongs_to_page(module)]
    program = f"""
import importlib, sys
for name in {PAGE_ONLY!r}:
    sys.modules[name] = None  # importing it raises ImportError from now on
for name in {core!r}:
    importlib.import_module(name)
from explorer import Experiment, observe, observe_call, study_dropout
print(observe(Experiment(model="cnn")).output.text, study_dropout(Experiment(model="dropout"), 10).calls)
"""
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, timeout=patience.SECONDS
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["float32", "[1,", "10]", "10"]


SOURCES = [
    file
    for folder in ("explorer", "benchmarks", "tools")
    for kind in ("*.py", "*.js")
    for file in sorted((ROOT / folder).rglob(kind))
]


@pytest.mark.parametrize("source", SOURCES, ids=name_of)
def test_a_module_is_one_idea_long(source: Path):
    assert len(source.read_text(encoding="utf-8").splitlines()) <= MOST_LINES


def test_no_python_string_holds_a_page():
    """Scripts, styles and markup are files of their own."""
    for module in MODULES:
        text = module.read_text(encoding="utf-8")
        assert not re.search(r"</(script|style|div)>|addEventListener|document\.query|@media", text), name_of(module)


STYLES = sorted((ROOT / "explorer").rglob("*.css"))


@pytest.mark.parametrize("sheet", STYLES, ids=name_of)
def test_no_style_looks_below_part_of_a_class(sheet: Path):
    """With `[class*="x"] > *` in a style sheet, a class that changes anywhere restyles all that is below it.

    Streamlit changes a class of every element twice in a rerun, and the player some at every step.
    """
    found = re.findall(r"\[class[*^$]=[^\]]*\]\s+[^\s,{].*", sheet.read_text(encoding="utf-8"))
    assert not found


def tracked() -> list[Path]:
    """Every text file that git tracks, or would; all of them where this is no checkout."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode == 0:
        files = [ROOT / line for line in listed.stdout.splitlines()]
    else:
        hidden = {".git", ".venv", "__pycache__"}
        files = [file for file in ROOT.rglob("*") if not hidden & set(file.parts)]
    return [file for file in files if file.is_file() and file.suffix not in {".png", ".pyc", ".pt", ".npz"}]


# Each is written so that this file does not hold it.
HOSTS = [".".join(parts) for parts in (("pypi", "org"), ("pythonhosted", "org"), ("download.pytorch", "org"))]
HOSTS += [".".join(parts) for parts in (("npmjs", "com"), ("anaconda", "org"), ("conda", "io"))]
# Something in a root folder that another machine may not have; a part of a URL or of a longer path is none.
PATHS = re.compile(r"(?<![\w.:/])/(?:work|root|home|Users|mnt|tmp|opt|data)/[\w.-]+")


def test_no_file_names_a_registry_or_a_place_of_one_machine():
    found = [
        f"{name_of(file)}:{number}: {line.strip()[:100]}"
        for file in tracked()
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1)
        if any(host in line for host in HOSTS) or PATHS.search(line)
    ]
    assert not found, "\n".join(found)


def test_requirements_are_pinned_and_used():
    """Every requirement has one version, which constraints.txt repeats, and its package is imported somewhere.

    torchviz imports setuptools, and Streamlit plotly, in `st.plotly_chart`.
    """
    constraints = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    used = {name.split(".")[0] for module in [*MODULES, ROOT / "app.py"] for name in imports(module)}
    for line in (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines():
        if not line.startswith(("#", "-")):
            assert line in constraints
            package = line.split("==")[0]
            assert package in used or package in ("setuptools", "plotly"), f"Nothing imports {package}."
    for line in (ROOT / "requirements-dev.txt").read_text(encoding="utf-8").splitlines():
        assert line.startswith(("#", "-")) or line in constraints


def module_imports() -> dict[str, set[str]]:
    """Return, for each module of explorer/, those that it imports, for type checking or inside a function too."""
    names = {dotted(module) for module in MODULES}
    graph: dict[str, set[str]] = {}
    for module in MODULES:
        found = set(imports(module)) & names
        # `from explorer.room import part` is about the part, where that is a module, and not about the room.
        parts = {name.rpartition(".")[0] for name in found}
        graph[dotted(module)] = {name for name in found if name not in parts or takes_from(module, name, names)}
    return graph


def takes_from(module: Path, package: str, names: set[str]) -> bool:
    """Return whether a module imports something from a package that is not itself a module."""
    return any(name.rpartition(".")[0] == package and name not in names for name in imports(module))


def circle_in(graph: dict[str, set[str]]) -> list[str]:
    """Return the names along one circle of a graph, or an empty list where there is none."""
    done: set[str] = set()

    def search(name: str, path: list[str]) -> list[str]:
        if name in path:
            return [*path[path.index(name) :], name]
        if name in done:
            return []
        for target in sorted(graph[name]):
            if found := search(target, [*path, name]):
                return found
        done.add(name)
        return []

    return next((found for name in sorted(graph) if (found := search(name, []))), [])


def test_no_modules_import_each_other_in_a_circle():
    assert circle_in({"a": {"b"}, "b": {"c"}, "c": {"b"}}) == ["b", "c", "b"]
    assert circle_in(module_imports()) == []
