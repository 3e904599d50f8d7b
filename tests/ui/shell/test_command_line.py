"""The app's arguments, read without importing what they name, and no other program's arguments."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from explorer.catalog.user_model import ModelRequest, UserModelError
from explorer.catalog.user_model.inputs import UserInput
from explorer.ui.shell.command_line import read_arguments, requested_model

APP = Path(__file__).resolve().parents[3] / "app.py"


def test_none_ask_for_nothing():
    assert read_arguments([]) is None


@pytest.mark.parametrize(
    "arguments",
    [
        ["--model", "some.where:make", "--input", "1x3", "--input", "int64:0..9:4"],
        ["--model=some.where:make", "--input=1x3", "--input=int64:0..9:4"],
        ["--input", "1x3", "int64:0..9:4", "--model", "some.where:make"],
    ],
)
def test_inputs_stand_in_their_order(arguments: list[str]):
    request = read_arguments(arguments)
    assert request == ModelRequest("some.where", "make", (UserInput((1, 3)), UserInput((4,), "int64", (0, 9))))
    assert "some" not in sys.modules


def test_the_name_may_be_dotted():
    request = read_arguments(["--model", "net:Net.small", "--input", "1"])
    assert request is not None
    assert (request.module, request.attribute, request.target) == ("net", "Net.small", "net:Net.small")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--input", "1x3"], "no --model is named"),
        (["--model", "net:make"], "at least one --input"),
        (["--model", "net", "--input", "1"], "names nothing to import"),
        (["--model", "net:", "--input", "1"], "names nothing to import"),
        (["--model", "net:make()", "--input", "1"], "names nothing to import"),
        (["--model", "net/make.py", "--input", "1"], "names nothing to import"),
        (["--model", ".net:make", "--input", "1"], "names nothing to import"),
        (["--model", "net:make", "--input", "1x"], "is no shape"),
        (["--model", "a:b", "--model", "c:d", "--input", "1"], "--model is there 2 times"),
        (["--model"], "expected one argument"),
        (["--mod", "net:make", "--input", "1"], "unrecognized arguments"),
        (["--help"], "unrecognized arguments: --help"),
        (["net:make"], "unrecognized arguments: net:make"),
    ],
)
def test_each_refusal_says_what_to_write(arguments: list[str], said: str):
    with pytest.raises(UserModelError) as raised:
        read_arguments(arguments)
    assert said in str(raised.value)
    assert "--model package.module:factory" in str(raised.value) or "--input" in str(raised.value)


def test_only_the_app_has_such_arguments():
    """Another program, a notebook's or a test's, may have a `--model` of its own."""
    arguments = ["--model", "net:make", "--input", "1"]
    request = requested_model([str(APP), *arguments], APP)
    assert request is not None
    assert request.target == "net:make"
    for command in ([], ["pytest", "--model", "os:system"], [str(APP.parent / "other.py"), *arguments], [str(APP)]):
        assert requested_model(command, APP) is None
