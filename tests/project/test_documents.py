"""What the documents say is so: their Python is run, their links are observed, their files and commands are there."""

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
from explorer.questions import QUESTION_GROUPS
from explorer.ui.shell.command_line import read_arguments
from tools.record_format import written

ROOT = Path(__file__).resolve().parents[2]
FILES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("*.md"))]
TEXTS = {file.relative_to(ROOT).as_posix(): file.read_text(encoding="utf-8") for file in FILES}
TEXT, USAGE = TEXTS["README.md"], TEXTS["docs/usage.md"]
EVERY = "\n".join(TEXTS.values())
SCREENS, LINES_ON_ONE = 3, 45


def blocks(language: str, text: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


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


@pytest.mark.parametrize(("name", "least"), [("README.md", 4), ("docs/usage.md", 5), ("docs/record-format.md", 3)])
def test_the_python_runs_and_gives_what_its_comments_say(name: str, least: int):
    space: dict[str, object] = {}
    kept = 0
    for block in blocks("python", TEXTS[name]):
        for statement in ast.parse(block).body:
            exec(compile(ast.Module([statement], []), name, "exec"), space)
            last = block.splitlines()[statement.end_lineno - 1]
            if isinstance(statement, ast.Expr) and (pair := promised(last)):
                assert repr(eval(pair[0], space)) == pair[1], last
                kept += 1
    assert kept >= least


def test_a_link_is_the_run_it_is_said_to_be():
    links = re.findall(r"`/\?([^`]*)`[^`]*`(\w+Error)`", EVERY)
    assert links
    for query, error in links:
        experiment, doubts = Experiment.from_params(dict(parse_qsl(query)))
        assert not doubts
        raised = observe(experiment).error
        assert raised is not None
        assert raised.type == error


def test_it_counts_the_things_to_call():
    (tens, ones) = re.findall(r"\b(Twenty|Thirty)-(\w+) things to call", TEXT)[0]
    words = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
    counted = {"Twenty": 20, "Thirty": 30}[tens] + 1 + words.index(ones)
    assert counted == len(ENTRIES), f"The README counts {counted} things to call; there are {len(ENTRIES)}."
    beliefs = sum(len(group) for group in QUESTION_GROUPS.values())
    assert re.findall(r"\b(\d+)\s+\[beliefs\]", TEXT) == [str(beliefs)]


def test_it_opens_with_the_two_commands():
    assert [line.split("#")[0].strip() for line in blocks("bash", TEXT)[0].splitlines()] == ["make run", "make test"]


@pytest.mark.skipif(shutil.which("make") is None, reason="there is no make here")
@pytest.mark.parametrize("target", sorted(set(re.findall(r"`make (\w+)`", EVERY))))
def test_every_make_target_exists(target: str):
    done = subprocess.run(["make", "--dry-run", target], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("name", sorted(TEXTS))
def test_every_file_it_names_exists(name: str):
    folder = (ROOT / name).parent
    linked = [folder / link for link in re.findall(r"\]\(((?!https?:)[^)#\s]+)(?:#[^)]*)?\)", TEXTS[name])]
    named = re.findall(r"`((?:explorer|tests|docs|benchmarks|tools)/[\w./-]+|\.ci/run|app\.py)`", TEXTS[name])
    modules = [f"{module.replace('.', '/')}.py" for module in re.findall(r"python -m (tools\.\w+)", TEXTS[name])]
    for file in [*linked, *(ROOT / each for each in (*named, *modules))]:
        assert file.exists(), file
    short = re.findall(r"`((?:capture|reading|runtime|ui|drawing|measure|experiment)/[\w./-]+)`", TEXTS[name])
    assert [each for each in short if not (ROOT / "explorer" / each).exists()] == []


def test_the_documents_name_files():
    """What finds the names of files in them does find some."""
    for name, least in (("README.md", 12), ("CONTRIBUTING.md", 20), ("docs/architecture.md", 20)):
        found = re.findall(r"\]\([^)]+\)|`[\w./-]+/[\w./-]*`", TEXTS[name])
        assert len(found) >= least, name


@pytest.mark.parametrize("name", sorted(TEXTS))
def test_every_heading_it_links_to_exists(name: str):
    for file, anchor in re.findall(r"\]\(((?!https?:)[^)#\s]*)#([^)]+)\)", TEXTS[name]):
        text = ((ROOT / name).parent / file).read_text(encoding="utf-8") if file else TEXTS[name]
        headings = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
        assert anchor in {re.sub(r"[^\w -]", "", heading).lower().replace(" ", "-") for heading in headings}


def test_the_readme_is_three_screens_long():
    prose = [line for line in TEXT.partition(BEGIN)[0].splitlines() if line.strip()]
    assert len(prose) <= SCREENS * LINES_ON_ONE


def test_the_measurements_have_their_place():
    for name in ("README.md", "docs/speed.md"):
        assert TEXTS[name].count(BEGIN) == TEXTS[name].count(END) == 1
        rows = TEXTS[name].partition(BEGIN)[2].partition(END)[0].count("\n| ")
        assert rows > 5, "make bench"


def test_the_command_for_ones_own_model_is_understood():
    """As it stands there, and each form of `--input` in the table below it."""
    (command,) = [block for block in blocks("bash", USAGE) if "--model" in block]
    program, _, arguments = command.strip().partition(" -- ")
    assert program == "streamlit run app.py"
    asked = read_arguments(arguments.split())
    assert asked is not None
    assert (asked.target, asked.inputs) == ("mypackage.mymodule:factory", (UserInput((1, 3, 28, 28)),))
    section = USAGE.partition("## Your own model")[2].partition("\n## ")[0]
    forms = re.findall(r"^\| `([^`]+)` \|", section, re.MULTILINE)
    assert [read_input(form).dtype for form in forms] == ["float32", "float64", "int64", "bool"]


def test_the_record_is_described_as_it_is():
    assert written(TEXTS["docs/record-format.md"]) == TEXTS["docs/record-format.md"], "python -m tools.record_format"
    assert not re.findall(r"\|  \|$", TEXTS["docs/record-format.md"], re.MULTILINE)  # each field says what it is
