"""Lines and their coloured tokens, against Python's own view of the text."""

from __future__ import annotations

import inspect
import keyword
import textwrap
from pathlib import Path

import pytest
from torch import nn
from torch.nn import functional

from explorer.ui.player.highlight import function_lines

FUNCTIONS = [nn.Module._call_impl, nn.Conv2d.forward, functional.relu, nn.LSTM.forward, functional.batch_norm]


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda function: function.__qualname__)
def test_the_text_is_what_inspect_gives(function: object) -> None:
    lines, first = inspect.getsourcelines(function)  # type: ignore[arg-type]
    shown = function_lines(inspect.getsourcefile(function), first, first + len(lines) - 1)  # type: ignore[arg-type]
    assert [" " * indent + text for indent, text, _ in shown] == [
        line.rstrip() for line in textwrap.dedent("".join(lines)).splitlines()
    ]
    for _, text, marks in shown:
        ends = [0]
        for start, end, kind in marks:
            assert ends[-1] <= start < end <= len(text)
            ends.append(end)
            if kind == "keyword":
                assert keyword.iskeyword(text[start:end])


def test_tokens_of_a_known_line(tmp_path: Path) -> None:
    file = tmp_path / "known.py"
    file.write_text('class A:\n    def f(self):\n        return "é" + str(7)  # why\n')
    (_, first, marks), (indent, second, more) = function_lines(str(file), 2, 3)
    assert [(first[a:b], kind) for a, b, kind in marks] == [("def", "keyword"), ("f", "definition"), ("self", "self")]
    assert indent == 4
    assert [(second[a:b], kind) for a, b, kind in more] == [
        ("return", "keyword"), ('"é"', "string"), ("7", "number"), ("# why", "comment"),
    ]  # fmt: skip


def test_a_string_over_several_lines_colours_each(tmp_path: Path) -> None:
    file = tmp_path / "long.py"
    file.write_text('def f():\n    """One\n\n    two."""\n')
    kinds = [[kind for *_, kind in marks] for _, _, marks in function_lines(str(file), 1, 4)]
    assert kinds == [["keyword", "definition"], ["string"], [], ["string"]]


def test_a_source_that_is_nowhere_is_empty() -> None:
    assert function_lines("<stdin>", 1, 3) == ()
