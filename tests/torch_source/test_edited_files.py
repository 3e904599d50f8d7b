"""A file that is edited while the process runs: what is shown is the text of what ran, or nothing."""

import importlib
import os
import sys
import traceback

import pytest

from explorer import observe_call
from explorer.torch_source.statements import statement_text

FIRST = """
def other(x):
    return x


def model(x):
    y = x + 1
    z = y * 2
    return z
"""
SECOND = """
# a line more
def other(x):
    return x


def model(x):
    if x:
        y = (
            x + 2
        )
    return y
"""
ONE_NUMBER = FIRST.replace("x + 1", "x + 3")


@pytest.fixture
def edited(tmp_path, monkeypatch):
    """A module, and what writes its file anew."""
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    file = tmp_path / "edited_while_it_runs.py"
    times = iter(range(10**9, 2 * 10**9, 10))

    def write(text):
        file.write_text(text)
        os.utime(file, (when := next(times), when))
        importlib.invalidate_caches()

    write(FIRST)
    yield importlib.import_module(file.stem), write
    del sys.modules[file.stem]


def shown(function):
    """The texts of the statements that ran, in order."""
    seen = observe_call(function, 5)
    frames = seen.trace.frames
    return [
        statement_text(frames[step.frame].file, (step.line, step.end_line))
        for step in seen.trace.steps
        if step.kind == "statement"
    ]


def test_after_a_reload_the_new_statements_are_shown(edited):
    module, write = edited
    assert shown(module.model) == ["y = x + 1", "z = y * 2", "return z"]
    write(SECOND)
    importlib.reload(module)
    assert shown(module.model) == ["if x:", "y = ( x + 2 )", "return y"]
    write(ONE_NUMBER)
    importlib.reload(module)
    assert shown(module.model) == ["y = x + 3", "z = y * 2", "return z"]


def test_without_a_reload_the_text_of_what_runs_stays(edited):
    module, write = edited
    shown(module.model)
    write(SECOND)
    assert shown(module.model) == ["y = x + 1", "z = y * 2", "return z"]


@pytest.mark.parametrize("text", [SECOND, ONE_NUMBER])
def test_what_is_not_in_the_file_any_more_is_not_shown(edited, text):
    module, write = edited
    shown(module.model)
    old = module.model
    write(text)
    importlib.reload(module)
    shown(module.model)
    assert shown(old) == []
    seen = observe_call(old, 5)
    assert seen.value == 12
    (note,) = [note for note in seen.notes if "was changed after it was loaded" in note]
    assert module.__file__ in note
    assert module.__file__ not in seen.trace.executed_lines


def test_a_function_that_did_not_change_is_still_shown(edited):
    module, write = edited
    old, model = module.other, module.model
    assert shown(old) == ["return x"]
    shown(model)
    write(ONE_NUMBER)
    importlib.reload(module)
    shown(module.model)
    assert shown(old) == ["return x"]


def test_an_edit_before_the_first_call_is_seen(edited):
    module, write = edited
    write(SECOND)
    assert shown(module.model) == []


def test_a_traceback_between_does_no_harm(edited):
    """Python looks at the file again when it prints one."""
    module, write = edited
    shown(module.model)
    write(SECOND)
    try:
        module.model("")
    except TypeError:
        traceback.format_exc()
    assert shown(module.model) == []
