"""What the README says is so: its Python is run, its links are observed, its files and commands are there."""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
from pathlib import Path
from urllib.parse import parse_qsl

import pytest

from benchmarks.documents import BEGIN, END
from explorer import Experiment, observe
from explorer.catalog import ENTRIES
from explorer.catalog.user_model.inputs import UserInput, read_input
from explorer.ui.shell.command_line import read_arguments

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL)


def promised(line: str) -> tuple[str, str] | None:
    """An expression and the value that the comment behind it promises; None where the comment is prose."""
    code, _, comment = line.partition("  # ")
    comment = comment.strip()
    try:
        ast.parse(code.strip(), mode="eval")
        ast.parse(comment, mode="eval")
    except SyntaxError:
        return None
    return (code.strip(), comment) if comment else None


def test_the_python_runs_and_gives_what_its_comments_say():
    space: dict[str, object] = {}
    kept = 0
    for block in blocks("python"):
        for statement in ast.parse(block).body:
            exec(compile(ast.Module([statement], []), "README.md", "exec"), space)
            last = block.splitlines()[statement.end_lineno - 1]
            if isinstance(statement, ast.Expr) and (pair := promised(last)):
                assert repr(eval(pair[0], space)) == pair[1], last
                kept += 1
    assert kept >= 6


def test_a_link_is_the_run_it_is_said_to_be():
    links = re.findall(r"`/\?([^`]*)`[^`]*`(\w+Error)`", TEXT)
    assert links
    for query, error in links:
        experiment, doubts = Experiment.from_params(dict(parse_qsl(query)))
        assert not doubts
        raised = observe(experiment).error
        assert raised is not None
        assert raised.type == error


def test_it_counts_the_things_to_call():
    (tens, ones) = re.findall(r"^(Twenty|Thirty)-(\w+) things to call", TEXT, re.MULTILINE)[0]
    words = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
    assert {"Twenty": 20, "Thirty": 30}[tens] + 1 + words.index(ones) == len(ENTRIES)


def test_it_opens_with_the_two_commands():
    assert [line.split("#")[0].strip() for line in blocks("bash")[0].splitlines()] == ["make run", "make test"]


@pytest.mark.skipif(shutil.which("make") is None, reason="there is no make here")
@pytest.mark.parametrize("target", sorted(set(re.findall(r"\bmake (\w+)\b", TEXT))))
def test_every_make_target_exists(target: str):
    done = subprocess.run(["make", "--dry-run", target], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_every_file_it_names_exists():
    named = re.findall(r"\]\(((?!https?:)[^)#]+)\)", TEXT)
    named += re.findall(r"(?:-r |`)([\w./-]+\.txt|\.ci/run|app\.py)\b", TEXT)
    named += [module.replace(".", "/") for module in re.findall(r"python -m (tools\.\w+)", TEXT)]
    assert len(named) > 10
    for name in named:
        assert (ROOT / name).exists() or (ROOT / f"{name}.py").exists(), name


def test_the_measurements_have_their_place():
    assert TEXT.count(BEGIN) == TEXT.count(END) == 1


def test_the_command_for_ones_own_model_is_understood():
    """As it stands there, and each form of `--input` in the table below it."""
    (command,) = [block for block in blocks("bash") if "--model" in block]
    program, _, arguments = command.strip().partition(" -- ")
    assert program == "streamlit run app.py"
    asked = read_arguments(arguments.split())
    assert asked is not None
    assert (asked.target, asked.inputs) == ("mypackage.mymodule:factory", (UserInput((1, 3, 28, 28)),))
    section = TEXT.partition("## Your own model")[2].partition("\n## ")[0]
    forms = re.findall(r"^\| `([^`]+)` \|", section, re.MULTILINE)
    assert [read_input(form).dtype for form in forms] == ["float32", "float64", "int64", "bool"]
