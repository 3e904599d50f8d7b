"""The package as others get it: the wheel is built, installed away from the checkout, and used."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import sysconfig
import time
import tomllib
import urllib.request
import venv
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from zipfile import ZipFile

import pytest
from packaging.requirements import Requirement

import explorer
from explorer import Experiment, observe
from explorer.ui import command
from explorer.ui.command import script, split_arguments
from explorer.ui.player.export import export_html
from tests.helpers import patience

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
MADE = {"explorer/ui/app/app.py": "app.py", "explorer/ui/app/.streamlit/config.toml": ".streamlit/config.toml"}
PIP = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet"]

# Runs where the checkout is not: the core's public API, a player saved as a file, and the app's script.
PROGRAM = """
import sys
from pathlib import Path
import torch
torch.set_num_threads(1)
import explorer
from explorer import Experiment, Hook, Observation, observe, observe_call, study_dropout
from explorer.ui.command import script
from explorer.ui.player.export import export_html
from streamlit.testing.v1 import AppTest

assert Path(explorer.__file__).is_relative_to(sys.prefix), explorer.__file__
Path("player.html").write_text(export_html(observe(Experiment(model="cnn"))), encoding="utf-8")
assert script().is_relative_to(sys.prefix), script()
app = AppTest.from_file(script(), default_timeout={patience}).run()
assert not app.exception and not app.error, (app.exception, app.error)
print(app.title[0].value)
"""


def run(*arguments: str | Path, folder: Path) -> str:
    done = subprocess.run(
        list(map(str, arguments)), cwd=folder, capture_output=True, text=True, timeout=patience.SECONDS, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    run(*PIP, "wheel", "--no-deps", "--no-build-isolation", "--no-index", "-w", folder, ROOT, folder=folder)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The `bin` folder of an environment that has the wheel, and beside it what the tests' own environment has."""
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder, with_pip=False, symlinks=os.name != "nt")
    where = sysconfig.get_path("scripts", "venv", {"base": str(folder)})
    modules = sysconfig.get_path("purelib", "venv", {"base": str(folder)})
    shared = dict.fromkeys(sysconfig.get_path(name) for name in ("purelib", "platlib"))
    (Path(modules) / "shared.pth").write_text("\n".join(shared) + "\n", encoding="utf-8")
    python = next(Path(where).glob("python*"))
    run(*PIP, "--python", python, "install", "--no-deps", "--no-index", wheel, folder=folder)
    return Path(where)


def test_the_wheel_holds_the_package_and_nothing_else(wheel: Path):
    tree = {path.relative_to(ROOT).as_posix() for path in (ROOT / "explorer").rglob("*") if path.is_file()}
    tree = {name for name in tree if "__pycache__" not in name}
    with ZipFile(wheel) as archive:
        held = {name for name in archive.namelist() if ".dist-info/" not in name}
        assert held == tree | MADE.keys()
        for name in held:
            assert archive.read(name) == (ROOT / MADE.get(name, name)).read_bytes(), name
        suffixes = {Path(name).suffix for name in held}
        assert suffixes >= {".py", ".js", ".css", ".html", ".svg", ".typed"}
        about = next(archive.read(name).decode() for name in archive.namelist() if name.endswith("/METADATA"))
    assert wheel.name.startswith(f"inside_model_x-{explorer.__version__}-")
    assert "License-Expression: MIT" in about


def test_what_is_installed_saves_the_same_player_and_draws_the_page(installed: Path, tmp_path: Path):
    """The saved file names no folder, so that both are equal to the last byte."""
    printed = run(installed / "python", "-I", "-c", PROGRAM.format(patience=patience.SECONDS), folder=tmp_path)
    assert printed.splitlines()[-1] == "What happens between the parentheses of `model(x)`?"
    assert (tmp_path / "player.html").read_text(encoding="utf-8") == export_html(observe(Experiment(model="cnn")))


def test_the_command_starts_the_app_with_its_settings(installed: Path, tmp_path: Path):
    settings = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text(encoding="utf-8"))
    with started(installed / "inside-model", tmp_path) as address:
        assert fetched(f"{address}/_stcore/health") == b"ok"
        host = json.loads(fetched(f"{address}/_stcore/host-config"))
    assert set(settings["client"]["allowedOrigins"]) <= set(host["allowedOrigins"])


@pytest.mark.parametrize(
    ("argument", "said"),
    [("--version", explorer.__version__), ("-h", "--model package.module:factory"), ("--help", "--server.port")],
)
def test_the_command_says_what_it_is(
    argument: str, said: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setattr(sys, "argv", ["inside-model", argument])
    command.main()
    assert said in capsys.readouterr().out


def test_without_streamlit_the_command_says_what_to_install(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sys, "argv", ["inside-model"])
    monkeypatch.setitem(sys.modules, "streamlit.web", None)
    with pytest.raises(SystemExit, match=r"pip install 'inside-model-x\[app\]'"):
        command.main()


@contextmanager
def started(program: Path, folder: Path) -> Iterator[str]:
    """The address of the server that the program starts; it is ended afterwards, and nothing else is."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    options = ["--server.headless=true", "--server.address", "127.0.0.1", "--server.port", str(port)]
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    with (folder / "log").open("w+") as log:
        server = subprocess.Popen(
            [program, *options], cwd=folder, env=environment, stdout=log, stderr=log, start_new_session=True
        )
        try:
            deadline = time.monotonic() + patience.SECONDS
            while not answers(address):
                assert server.poll() is None, (folder / "log").read_text()
                assert time.monotonic() < deadline, (folder / "log").read_text()
                time.sleep(0.1)
            yield address
        finally:
            if server.poll() is None:
                os.killpg(server.pid, signal.SIGTERM)
                server.wait(timeout=patience.SECONDS)


def answers(address: str) -> bool:
    try:
        return fetched(f"{address}/_stcore/health") == b"ok"
    except OSError:  # not yet; `URLError` is one
        return False


def fetched(url: str) -> bytes:
    with urllib.request.urlopen(url, timeout=5) as answer:
        content: bytes = answer.read()
    return content


def test_in_a_checkout_the_command_runs_the_script_at_the_top():
    assert script() == ROOT / "app.py"


@pytest.mark.parametrize(
    ("given", "for_streamlit", "for_app"),
    [
        ("", "", ""),
        ("--model a:b --input 1x3 2", "", "--model a:b --input 1x3 2"),
        ("-- --model a:b --input 1x3", "", "--model a:b --input 1x3"),
        ("--server.port 80 --model a.b:c", "--server.port 80", "--model a.b:c"),
        ("--model=a.b:c --server.port=80 --input 1", "--server.port=80", "--model=a.b:c --input 1"),
        ("--server.port 80 -- --model a:b --x.y 1", "--server.port 80", "--model a:b --x.y 1"),
        ("--server.port", "--server.port", ""),
    ],
)
def test_arguments_go_to_streamlit_or_to_the_app(given: str, for_streamlit: str, for_app: str):
    assert split_arguments(given.split()) == (for_streamlit.split(), for_app.split())


def pinned(file: str) -> dict[str, str]:
    lines = (ROOT / file).read_text(encoding="utf-8").splitlines()
    pins = [line.partition("==") for line in lines if line and not line.startswith(("#", "-"))]
    return {package: version for package, _, version in pins}


@pytest.mark.parametrize("file", ["requirements.txt", "requirements-dev.txt"])
def test_the_pinned_requirements_are_what_the_package_asks_for(file: str):
    extras = PROJECT["optional-dependencies"]
    asked = PROJECT["dependencies"] + extras["app"] if file == "requirements.txt" else extras["dev"]
    ranges = {each.name: each.specifier for each in map(Requirement, asked) if each.name != PROJECT["name"]}
    pins = pinned(file)
    assert pins.keys() == ranges.keys()
    for package, version in pins.items():
        assert version in ranges[package], package


def test_the_version_is_said_once():
    assert "version" in PROJECT["dynamic"]
    assert re.search(rf"^## \[{re.escape(explorer.__version__)}\]", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)


def test_the_core_needs_its_own_requirements_alone():
    """The public API, in a process where nothing that only the app asks for can be imported."""
    app = [re.sub(r"[^\w]", "_", Requirement(each).name) for each in PROJECT["optional-dependencies"]["app"]]
    program = f"""
import sys
for name in {[name for name in app if name != "setuptools"]!r}:
    sys.modules[name] = None  # importing it raises ImportError from now on
import explorer
from explorer import *
print(observe(Experiment(model="cnn")).output.text)
print(observe_call(lambda x: x + 1, 1).value, study_dropout(Experiment(model="dropout"), 10).calls)
"""
    assert run(sys.executable, "-c", program, folder=ROOT).splitlines() == ["float32 [1, 10]", "2 10"]
